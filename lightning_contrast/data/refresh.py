"""The training rows through the classifier as it is, for the parts that follow the embedding."""

from typing import Any

import numpy as np

from lightning_contrast.data.embedding import embed
from lightning_contrast.runtime.distributed import gather_column, rank, world_size
from lightning_contrast.types import Embedded


def embed_rows(network: Any, datamodule: Any, rows: np.ndarray) -> Embedded:
    """Rows of the source through the network as it is, each rank embedding a share of them.

    Without views; the modes of the network stay as they were, and no random number is drawn.
    """
    modes = {part: part.training for part in network.modules()}
    share = np.array_split(rows, world_size())[rank()]
    embedded = embed(network, datamodule.in_order(share))
    for part, mode in modes.items():
        part.training = mode
    return Embedded(*(gather_column(column, network.device) for column in embedded))
