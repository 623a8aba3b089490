"""Are two classifiers equally often right on the same rows?"""


def mcnemar(only_first: int, only_second: int) -> float:
    """How likely chance alone divides the rows that one of two gets right at least as unevenly.

    Two-sided and exact: were the two equally accurate, each of these rows would be a fair coin. 1
    where there is no such row. McNemar 1947, Psychometrika 12.

    >>> mcnemar(0, 5), mcnemar(7, 7)
    (0.0625, 1.0)
    """
    from scipy.stats import binomtest

    rows = only_first + only_second
    return float(binomtest(only_first, rows).pvalue) if rows else 1.0
