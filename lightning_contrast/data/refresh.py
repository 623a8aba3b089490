"""Embeds the training rows during training, for the parts that use the embedding."""

from typing import Any

import numpy as np

from lightning_contrast.data.embedding import embed
from lightning_contrast.runtime.distributed import gather_column, rank, world_size
from lightning_contrast.types import Embedded


def embed_rows(network: Any, datamodule: Any, rows: np.ndarray) -> Embedded:
    """Embeds rows of the source with the current network, without views; ranks share the work.

    The network's modes (training or evaluation) are restored, and no random number is drawn.
    """
    modes = {part: part.training for part in network.modules()}
    share = np.array_split(rows, world_size())[rank()]
    embedded = embed(network, datamodule.in_order(share))
    for part, mode in modes.items():
        part.training = mode
    return Embedded(*(gather_column(column, network.device) for column in embedded))
