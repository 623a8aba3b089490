"""Graded similarities of pairs, as numbers that are read from cells."""

import math
from typing import Any


def score_of(cell: Any) -> float | None:
    """The number in a cell; None where there is none, or where it is not finite.

    >>> score_of("3.8"), score_of(4), score_of(" "), score_of("nan"), score_of(True)
    (3.8, 4.0, None, None, None)
    """
    if isinstance(cell, bool):
        return None
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
