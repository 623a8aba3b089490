"""How well numbers follow others: Pearson's and Spearman's correlation."""

import numpy as np


def correlations(found: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """``spearman`` (of ranks, ties at their mean) and ``pearson`` of two columns ``(n,)``; nothing
    for one that is constant, or of fewer than two rows.

    >>> correlations(np.array([0.1, 0.2, 0.9]), np.array([1.0, 2.0, 3.0]))["spearman"]
    1.0
    """
    if len(found) < 2 or np.ptp(found) == 0 or np.ptp(wanted) == 0:
        return {}
    from scipy.stats import rankdata

    def pearson(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.corrcoef(a, b)[0, 1])

    ranks = pearson(rankdata(found), rankdata(wanted))
    return {"spearman": ranks, "pearson": pearson(found, wanted)}
