"""The rows that evaluation embeds and holds in memory: so many of a split at most."""

import numpy as np

BANK = 100_000
"""Training rows, for kNN and probes."""

JUDGED = 50_000
"""Validation rows, and test rows: the standard error of an accuracy is then 0.2 points at most."""


def bank_rows(rows: np.ndarray, seed: int, most: int = BANK) -> np.ndarray:
    """All of the training rows, or ``most`` of them drawn at random, in order.

    >>> bank_rows(np.arange(3), seed=0).tolist()
    [0, 1, 2]
    """
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def unjudged(counts: dict[str, int], most: int = JUDGED) -> dict[str, str]:
    """Lines by name about splits of which evaluation judges a part; ``counts``: rows by split.

    >>> unjudged({"validation": 9, "test": 60_000})["test_judged"]
    '50,000 of 60,000 test rows, drawn at random and always the same, are judged: for figures ...'
    """
    return {
        f"{side}_judged": f"{most:,} of {counts[side]:,} {side} rows, drawn at random and always "
        "the same, are judged: for figures of the others, evaluate parts as sources of their own"
        for side in ("validation", "test")
        if counts[side] > most
    }
