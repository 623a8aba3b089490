"""The Wilson interval of a rate."""


def wilson_interval(hits: int, rows: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a rate of ``hits`` in ``rows``; NaN without rows. Wilson 1927.

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    from scipy.stats import binomtest

    if not rows:
        return float("nan"), float("nan")
    interval = binomtest(hits, rows).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)
