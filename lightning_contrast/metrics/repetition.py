"""How much a text repeats itself."""

from collections.abc import Sequence
from math import prod

ORDERS = (2, 3, 4)


def repetition(tokens: Sequence[int], n: int) -> float:
    """The share of a text's n-grams that stand there already; 0 where it has none.

    ``1 - |unique n-grams| / |n-grams|``. Welleck et al. 2020 (arXiv 1908.04319).

    >>> repetition([1, 2, 1, 2, 1], 2)
    0.5
    """
    grams = [*zip(*(tokens[start:] for start in range(n)), strict=False)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def diversity(repetitions: Sequence[float]) -> float:
    """The product of ``1 - repetition`` over 2-, 3- and 4-grams (Su et al. 2022,
    arXiv 2202.06417).

    >>> diversity([0.5, 0.2, 0.0])
    0.4
    """
    return prod(1 - share for share in repetitions)
