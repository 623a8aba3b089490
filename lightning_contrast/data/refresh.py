"""Parts of the data that look at the embedding as training moves it."""

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lightning_contrast.runtime.distributed import gather_column, rank, world_size
from lightning_contrast.types import Embedded


@runtime_checkable
class Refreshed(Protocol):
    """A sampler, positives or negatives that follow the embedding of the training rows.

    ``refresh_every``: epochs between two looks; the first comes before epoch ``refresh_every``, and
    until then the part does without. ``refresh`` gets the training rows in order, so that row ``i``
    of its tensors is position ``i`` of the split, the same on every rank. What it makes of them is
    in ``state_dict`` (tensors and numbers): a run that resumes in mid-epoch has it again. Positives
    and negatives are used in worker processes that live on: they keep it in shared memory
    (``Tensor.share_memory_``) and write it in place.
    """

    refresh_every: int

    def refresh(self, embedded: Embedded, epoch: int) -> None: ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def due(parts: Iterable[Any], epoch: int) -> list[Refreshed]:
    """Those of the parts that look at the embedding before ``epoch``.

    >>> due(["no such part"], 1)
    []
    """
    looking = [part for part in parts if isinstance(part, Refreshed)]
    return [part for part in looking if epoch > 0 and epoch % part.refresh_every == 0]


def embed_rows(module: Any, datamodule: Any, rows: np.ndarray) -> Embedded:
    """Rows of the source through the classifier as it is, each rank embedding a share of them.

    Without views; the modes of the module stay as they were, and no random number is drawn.
    """
    from lightning_contrast.data.embedding import embed

    modes = {part: part.training for part in module.modules()}
    share = np.array_split(rows, world_size())[rank()]
    embedded = embed(module, datamodule, datamodule.in_order(share))
    for part, mode in modes.items():
        part.training = mode
    return Embedded(*(gather_column(column, module.device) for column in embedded))
