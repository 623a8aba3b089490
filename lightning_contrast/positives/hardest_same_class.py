"""The least similar rows of the same class."""

from dataclasses import dataclass

import numpy as np
import torch

from lightning_contrast.config.ranges import Count
from lightning_contrast.metrics.similarity import compared
from lightning_contrast.positives.positives import Positives
from lightning_contrast.positives.same_class import SameClassPositives
from lightning_contrast.rows.ranked import Ranked
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.types import Embedded

_CHUNK = 1 << 22  # similarities held at a time: 16 MB


@dataclass(eq=False, repr=False)
class HardestSameClassPositives(Positives, Refreshed):
    """A row of the anchor's class that ranks ``first`` to ``last`` in distance from it.

    Distance is by what the contrast compares (``metrics.similarity``). The training rows' embedding
    is searched every ``refresh_every`` epochs, each class exactly: ``2 d`` times the sum of the
    squared class sizes. Until the first search, and in a class of too few rows for rank ``first``,
    as ``same_class``; alone in its class: itself. A wrong label makes a row the hardest positive of
    its whole class: where labels are noisy, a larger ``last`` or ``first`` spreads the draws.

    Args:
        labels: ``(N,)``, of the training split.
        first, last: ranks, 1 being the least similar; one of them is drawn each time.

    Called with ``index (n,)`` and a generator, gives ``(n,)``.

    Raises:
        InputError: unlabelled rows, or a setting out of range.

    Source: Hermans et al. 2017, arXiv:1703.07737 (the hardest positive, there of a batch).

    >>> positives = HardestSameClassPositives(np.array([0, 0, 0, 1]))
    >>> rows = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8], [0.0, 1.0]])
    >>> positives.refresh(Embedded(rows, rows, rows, torch.zeros(4), torch.arange(4)), epoch=1)
    >>> positives(np.arange(4), np.random.default_rng(0)).tolist()
    [2, 0, 0, 3]
    """

    labels: np.ndarray
    first: Count = 1
    last: Count = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._same_class = SameClassPositives(self.labels)
        self._ranked = Ranked(len(self.labels), self.first, self.last, "positives")
        self.buffers = self._ranked.buffers

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        otherwise = self._same_class(index, random)[:, None]
        return self._ranked.draw(index, otherwise, random)[:, 0]

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Searches the embedding anew."""
        by_class = self._same_class.by_class
        for members in torch.from_numpy(by_class.row).split(by_class.size.tolist()):
            rows = embedded.embedding[members]
            asking, found = compared(self.similarity, rows, rows)
            most = min(self.last, len(rows) - 1)
            place = torch.arange(len(rows))
            for part in place.split(max(1, _CHUNK // len(rows))):
                similarity = asking[part] @ found.T
                similarity[torch.arange(len(part)), part] = torch.inf  # never itself
                index = similarity.topk(most, dim=1, largest=False).indices
                there = torch.ones_like(index, dtype=torch.bool)
                self._ranked.write(members[part], members[index], there)
