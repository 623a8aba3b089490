"""McNemar's test: whether two classifiers are equally often right on the same rows."""


def mcnemar(only_first: int, only_second: int) -> float:
    """The p value of the counts of rows that only the first, and only the second, gets right.

    The test is two-sided and exact. If both are equally accurate, each of these rows is a fair
    coin; p is the probability of a division at least as uneven. 1 if there is no such row. McNemar
    1947, Psychometrika 12.

    >>> mcnemar(0, 5), mcnemar(7, 7)
    (0.0625, 1.0)
    """
    from scipy.stats import binomtest

    rows = only_first + only_second
    return float(binomtest(only_first, rows).pvalue) if rows else 1.0
