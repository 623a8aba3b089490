"""The row itself is its positive."""

import numpy as np


class ViewPositives:
    """The positive of a row is another view of it (SimCLR, Chen et al. 2020, arXiv:2002.05709).

    Called with ``index (n,)`` and a generator, gives ``index``: the datamodule then draws the view
    of anchor and positive independently.

    >>> ViewPositives()(np.array([3, 1]), np.random.default_rng(0)).tolist()
    [3, 1]
    """

    draws_rows = True

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return index
