"""Attributes of rows besides the label; evaluation groups rows by them."""

from collections.abc import Iterable
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
