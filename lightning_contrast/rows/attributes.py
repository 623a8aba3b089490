"""Attributes of rows besides the label; evaluation groups rows by them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

UNKNOWN = "(none)"


def attribute(values: Iterable[Any]) -> np.ndarray:
    """The value of each row as a text ``(N,)``; empty ones become ``(none)``, a group of their own.

    >>> attribute(["f", " m ", None, 3, ""]).tolist()
    ['f', 'm', '(none)', '3', '(none)']
    """
    texts = ["" if value is None else str(value).strip() for value in values]
    return np.array([text or UNKNOWN for text in texts], dtype=np.str_)


def groups_of(values: Sequence[Any]) -> np.ndarray:
    """Rows with the same value have the same number, int64 ``(N,)``; those without one, their own.

    >>> groups_of(["b", None, "b", ""]).tolist()
    [0, 1, 0, 2]
    """
    number: dict[Any, int] = {}
    keys = [row if value in (None, "") else str(value) for row, value in enumerate(values)]
    return np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
