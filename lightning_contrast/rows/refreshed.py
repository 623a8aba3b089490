"""Parts that use the embedding of the training rows, and refresh it during training."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import Kind
from lightning_contrast.types import Embedded


@dataclass(eq=False, repr=False, kw_only=True)
class Refreshed(ABC):
    """Base of a sampler, positives or negatives that use the embedding of the training rows.

    The first refresh comes before epoch ``refresh_every``; until then the part works without an
    embedding. A refresh writes its result to ``buffers``. Worker processes outlive it and draw from
    them, so the buffers are in shared memory (``Tensor.share_memory_``) and written in place. The
    buffers are the state: a run that is resumed within an epoch loads them.

    ``refresh_every``: epochs between two refreshes. ``similarity``: what the contrast compares
    (``metrics.similarity``), told before each refresh.
    """

    refresh_every: Count = 1
    buffers: dict[str, Tensor] = field(init=False)
    similarity: Kind = field(init=False, default="cosine")

    def due(self, epoch: int) -> bool:
        """Whether the part is refreshed before ``epoch``."""
        return epoch > 0 and epoch % self.refresh_every == 0

    @abstractmethod
    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Uses the embedding of the training rows: row ``i`` is position ``i`` of the split."""

    def state_dict(self) -> dict[str, Any]:
        return {name: buffer.clone() for name, buffer in self.buffers.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises ``InputError`` for buffers of other data or settings."""
        for name, buffer in self.buffers.items():
            if state[name].shape != buffer.shape:
                raise InputError(
                    f"{type(self).__name__}: the checkpoint's {name} is "
                    f"{tuple(state[name].shape)}, this run's {tuple(buffer.shape)}: resume with "
                    "the data and the settings of the first run"
                )
            buffer.copy_(state[name])
