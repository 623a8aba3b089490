"""From random batches to neighbourhoods, a larger share of the batches every epoch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._neighbourhoods import mixed_groups
from lightning_contrast.samplers.clustered import ClusteredSampler
from lightning_contrast.samplers.sampler import Sampler
from lightning_contrast.types import Embedded


class CurriculumSampler(Sampler):
    """A share of an epoch's full batches is ``clustered``, the others are random.

    ``share(epoch) = first + (last - first) * min(1, epoch / epochs)``; 0 before the embedding has
    been looked at. Whole batches are of one sort, rather than each batch of both: a few near rows
    outweigh all the random ones beside them in a softmax, so a batch with a share of neighbours is
    almost as hard as a batch of them, while the mean over batches is linear in the share.

    The neighbourhoods are those of ``ClusteredSampler``, a random choice of them, at full density;
    the rows of the others are dealt anew (with ``samples_per_class`` to as many classes a batch).
    The other arguments, the sizes, what is left out and the state are as there. Raises
    ``InputError`` also unless ``0 <= first <= last <= 1`` and ``epochs >= 1``.

    Source: Bengio et al. 2009, Curriculum learning (ICML), for the idea.

    >>> sampler = CurriculumSampler(np.zeros(8, dtype=np.int64), batch_size=2, last=0.8, epochs=4)
    >>> [round(sampler.share(epoch), 1) for epoch in range(6)]
    [0.0, 0.2, 0.4, 0.6, 0.8, 0.8]
    """

    few_classes = True  # a batch, where samples_per_class is None

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        first: float = 0.0,
        last: float = 1.0,
        epochs: int = 10,
        samples_per_class: int | None = None,
        refresh_every: int = 1,
        drop_last: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        classes: Sequence[str] | None = None,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        if not 0 <= first <= last <= 1:
            raise InputError(
                "sampler curriculum: shares must be 0 <= first <= last <= 1, got "
                f"first={first} and last={last}: set sampler.first=0 and sampler.last=1"
            )
        if epochs < 1:
            raise InputError(
                f"sampler curriculum: epochs must be 1 or more, got {epochs}: set sampler.epochs=10"
            )
        self.first, self.last, self.epochs = first, last, epochs
        self.labels, self.samples_per_class = labels, samples_per_class
        self.refresh_every, self.drop_last = refresh_every, drop_last
        self.classes = classes
        self._near = ClusteredSampler(
            labels,
            batch_size,
            samples_per_class,
            refresh_every,
            drop_last,
            seed,
            rank,
            world_size,
            classes,
        )
        self.sizes = self._near.sizes

    def share(self, epoch: int) -> float:
        """The share of the full batches that are neighbourhoods."""
        return self.first + (self.last - self.first) * min(1.0, epoch / self.epochs)

    def order(self, random: np.random.Generator) -> np.ndarray:
        self._near.set_epoch(self.epoch)
        rows = self._near.order(random)
        if not self._near.follows:
            return rows
        full = self._near.full
        batches = rows[: full * self._near.joined].reshape(full, self._near.joined)
        near = int(self.share(self.epoch) * full + 0.5)
        if near < full:
            batches[near:] = self._mixed(batches[near:], random)
        batches[:] = batches[random.permutation(full)]
        return rows

    def _mixed(self, batches: np.ndarray, random: np.random.Generator) -> np.ndarray:
        if self.samples_per_class is None:
            return random.permutation(batches.ravel()).reshape(batches.shape)
        return mixed_groups(batches, self.labels, self.samples_per_class, random)

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Neighbourhoods of ``embedded``, row i being row i, for the epochs from ``epoch`` on."""
        self._near.refresh(embedded, epoch)

    def state_dict(self) -> dict[str, Any]:
        return {**self._near.state_dict(), **super().state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._near.load_state_dict(state)
        super().load_state_dict(state)
