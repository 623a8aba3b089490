"""Rows of other classes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.rows.by_class import ByClass


@dataclass(eq=False, repr=False)
class CrossClassNegatives(Negatives):
    """``k`` rows of classes other than the anchor's, drawn independently (a row may come twice).

    ``uniform_over``: ``"classes"`` (first a class, then one of its rows: rare classes count as
    much as frequent ones) or ``"rows"`` (what ``negatives=random`` does, which takes unlabelled
    rows too). ``labels (N,)``: of the training split. Called with ``index (n,)`` and a generator,
    gives ``(n, k)``. Raises ``InputError`` for unlabelled rows, one class only, k < 1.

    >>> negatives = CrossClassNegatives(np.array([0, 0, 1]), k=2)
    >>> negatives(np.array([0, 1]), np.random.default_rng(0)).tolist()
    [[2, 2], [2, 2]]
    """

    labels: np.ndarray
    k: Count = 1
    uniform_over: Literal["classes", "rows"] = "classes"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._by_class = ByClass(self.labels, "negatives cross_class", "set negatives=in_batch")
        self._by_class.check_several("negatives cross_class")

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        by_class = self._by_class
        own = np.repeat(by_class.code[index], self.k).reshape(len(index), self.k)
        if self.uniform_over == "rows":
            return by_class.row_of_others(own, random)
        other = random.integers(len(by_class.size) - 1, size=own.shape)
        other += other >= own
        return by_class.row_of(other, random)
