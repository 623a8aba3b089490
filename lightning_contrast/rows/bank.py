"""The training rows that evaluation compares with."""

import numpy as np

BANK = 100_000
"""Training rows that kNN and a probe see at most: their features are in memory at once."""


def bank_rows(rows: np.ndarray, seed: int, most: int = BANK) -> np.ndarray:
    """All of the training rows, or ``most`` of them drawn at random, in order.

    >>> bank_rows(np.arange(3), seed=0).tolist()
    [0, 1, 2]
    """
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
