"""Rows of the classes that the head takes the anchor's class for."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.config.ranges import AboveZeroToOne, Count
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.rows.by_class import ByClass
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.types import Embedded


@dataclass(eq=False, repr=False)
class ConfusedNegatives(Negatives, Refreshed):
    r"""``k`` rows of other classes: a class by how often it is confused with the anchor's, a row.

    .. math::
        P(c' | c) = (1 - s) \frac{m_{cc'}}{\sum_{c'' \ne c} m_{cc''}} + \frac{s}{C - 1},
        \qquad m_{cc'} = \operatorname{mean}_{i \in c} p(c' | x_i)

    ``p`` is the softmax of the head on the training rows, looked at every ``refresh_every`` epochs;
    mean probabilities still tell classes apart when no training row is classified wrongly any more.
    Until the first look, classes are drawn uniformly. The draws are independent; a class's rows are
    equally likely. Memory: ``C^2`` numbers for ``C`` classes.

    Args:
        labels: ``(N,)``, of the training split.
        k: negatives of each row.
        smoothing: ``s``, above 0 so that no class dies out, up to 1 (uniform).

    Called with ``index (n,)`` and a generator, gives ``(n, k)``.

    Raises:
        InputError: unlabelled rows, one class only, k < 1, ``smoothing`` out of range.

    >>> negatives = ConfusedNegatives(np.array([0, 0, 1]), k=2)
    >>> negatives(np.array([0, 1]), np.random.default_rng(0)).tolist()
    [[2, 2], [2, 2]]
    """

    needs_logits = True
    labels: np.ndarray
    k: Count = 1
    smoothing: AboveZeroToOne = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._by_class = ByClass(self.labels, "negatives confused", "set negatives=random")
        self._by_class.check_several("negatives confused")
        classes = len(self._by_class.size)
        # Row c holds c + P(other class <= c' | c): ascending from end to end, so that one search
        # finds the class of any draw.
        self._reach = torch.empty(classes, classes, dtype=torch.float64).share_memory_()
        self.buffers = {"reach": self._reach}
        self._weigh(torch.ones(classes, classes, dtype=torch.float64))

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        reach = self._reach.numpy()
        own = np.repeat(self._by_class.code[index], self.k).reshape(len(index), self.k)
        below_one = random.random(own.shape) * (1 - 2**-26)  # own + 1 is the next class's
        other = np.searchsorted(reach.ravel(), own + below_one, side="right") - own * len(reach)
        return self._by_class.row_of(other, random)

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Takes the mean probabilities of each class's rows."""
        code = torch.from_numpy(self._by_class.code)
        here = torch.from_numpy(np.unique(self.labels))  # classes that the split has rows of
        size = len(here)
        mean = torch.zeros(size, size, dtype=torch.float64)
        for rows in torch.arange(len(code)).split(max(1, (1 << 22) // embedded.logits.shape[1])):
            share = embedded.logits[rows].double().softmax(1)[:, here]
            mean.index_add_(0, code[rows], share)
        self._weigh(mean / torch.from_numpy(self._by_class.size)[:, None])

    def _weigh(self, weight: Tensor) -> None:
        """Draws classes by these weights ``(C, C)`` from now on; their diagonal is left out."""
        weight = weight.fill_diagonal_(0)
        total = weight.sum(1, keepdim=True)
        others = len(weight) - 1
        uniform = torch.full_like(weight, 1 / others).fill_diagonal_(0)
        # A head that is sure of every row of a class down to the last bit confuses it with none.
        share = torch.where(total > 0, weight / total, uniform)
        reach = ((1 - self.smoothing) * share + self.smoothing * uniform).cumsum(1)
        self._reach.copy_(reach / reach[:, -1:] + torch.arange(others + 1)[:, None])
