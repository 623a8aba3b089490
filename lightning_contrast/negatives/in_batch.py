"""No explicit negatives."""

import numpy as np

from lightning_contrast.negatives.negatives import Negatives


class InBatchNegatives(Negatives):
    """The other rows of the batch are the negatives: k = 0.

    Called with ``index (n,)`` and a generator, gives an empty ``(n, 0)``.

    >>> InBatchNegatives()(np.array([3, 1]), np.random.default_rng(0)).shape
    (2, 0)
    """

    draws_rows = False

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return np.empty((len(index), 0), dtype=np.int64)
