"""Numbers that are read from cells: scores of pairs, and weights of rows."""

import math
from typing import Any


def number_of(cell: Any) -> float | None:
    """The number in a cell; None where there is none, or where it is not finite.

    >>> number_of("3.8"), number_of(4), number_of(" "), number_of("nan"), number_of(True)
    (3.8, 4.0, None, None, None)
    """
    if isinstance(cell, bool):
        return None
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def weight_of(cell: Any, where: str, column: str | None) -> tuple[float, str]:
    """The weight of a row, and what is wrong with it.

    >>> weight_of("-1", "row 2", "weight")
    (0.0, "row 2: 'weight' must be a number of at least 0, got '-1'")
    """
    value = number_of(cell)
    if value is None or value < 0:
        return 0.0, f"{where}: {column!r} must be a number of at least 0, got {cell!r}"
    return value, ""
