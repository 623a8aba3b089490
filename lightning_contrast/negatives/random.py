"""Any rows."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.rows.by_class import ByClass, unlabelled_apart


@dataclass(eq=False, repr=False)
class RandomNegatives(Negatives):
    """``k`` rows of the whole split, drawn uniformly and independently (a row may come twice).

    Never the anchor itself, and never a row that is known to be of its class. Where all rows are
    labelled that is ``cross_class`` with ``uniform_over=rows``; unlike it, unlabelled rows (-1) are
    welcome: as anchors they take any other row, and a labelled anchor takes them as well as the
    rows of other classes.

    ``labels (N,)``: of the training split. Called with ``index (n,)`` and a generator, gives
    ``(n, k)``. Raises ``InputError`` for k < 1, or rows that all are of one class.

    >>> negatives = RandomNegatives(np.array([0, 0, -1]), k=2)
    >>> negatives(np.array([0, 1]), np.random.default_rng(0)).tolist()
    [[2, 2], [2, 2]]
    """

    labels: np.ndarray
    k: Count = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._by_class = ByClass(unlabelled_apart(self.labels), "negatives", "")
        self._by_class.check_several("explicit negatives")

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        own = np.repeat(self._by_class.code[index], self.k).reshape(len(index), self.k)
        return self._by_class.row_of_others(own, random)
