"""No explicit positive."""

import numpy as np

from lightning_contrast.positives.positives import Positives


class NoPositives(Positives):
    """Other rows of the batch are the positives, so that a row goes through the encoder once.

    For pairings by label with a sampler that brings rows of one class together. Called with
    ``index (n,)`` and a generator, gives an empty ``(0,)``.

    >>> NoPositives()(np.array([3, 1]), np.random.default_rng(0)).shape
    (0,)
    """

    draws_rows = False

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return index[:0]
