"""Turns the cells of a label column into class numbers."""

import math
import unicodedata
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from lightning_contrast.errors import InputError, listing

MISSING = ("", "NaN", "nan", "None", "NULL", "null", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT")
"""Texts that programs write for a missing value. The word ``none`` may be a class."""


def label_name(cell: Any, where: str, column: str, missing: Sequence[str] = MISSING) -> str | None:
    """The class that a cell names, None where it names none.

    Numbers that are whole are written as such. Raises ``InputError`` for a cell that holds several
    values, and says how to reach one.

    >>> [label_name(cell, "row 1", "label") for cell in (" good ", 2.0, True, "NaN", None)]
    ['good', '2', 'True', None, None]
    """
    if isinstance(cell, Mapping):
        raise InputError(
            f"{where}: {column!r} is an object with the values {listing(list(map(str, cell)))}: "
            f"name one of them with a dot, source.label_column={column}.{next(iter(cell), 'NAME')}"
        )
    if isinstance(cell, Sequence | Set | np.ndarray) and not isinstance(cell, str):
        shown = "bytes" if isinstance(cell, bytes) else "several labels (multi-label)"
        raise InputError(
            f"{where}: {column!r} must be one label, and it holds {shown}, {cell!r}: set "
            "source.multi_label=true, or give each row one class in a column of its own"
        )
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    name = str(cell).strip()
    return None if name in missing else name


def encode_labels(names: Sequence[str | None]) -> tuple[tuple[str, ...], np.ndarray]:
    """Class names in a fixed order, and the class number of each row, int64 ``(N,)``.

    The order is numeric if all names are whole numbers, else alphabetic: it does not depend on the
    order of the rows. ``None`` means unlabelled, -1.

    >>> classes, label = encode_labels(["10", "2", None, "2"])
    >>> classes, label.tolist()
    (('2', '10'), [1, 0, -1, 0])
    """
    found = {name for name in names if name is not None}
    numeric = all(name.lstrip("-").isdecimal() for name in found)
    classes = tuple(sorted(found, key=lambda name: (int(name) if numeric else 0, name)))
    number = {name: i for i, name in enumerate(classes)}
    return classes, np.array([-1 if n is None else number[n] for n in names], dtype=np.int64)


def lower(name: str) -> str:
    """A name in lower case, with single spaces and without invisible characters.

    >>> lower(" Very  GOOD"), lower("cafe\\u0301") == lower("Caf\\u00e9")
    ('very good', True)
    """
    drawn = (sign for sign in name if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", "".join(drawn)).casefold().split())


def renamed(label: np.ndarray, names: Sequence[str | None]) -> tuple[tuple[str, ...], np.ndarray]:
    """Renames classes; classes that get the same name become one. Returns classes and labels.

    ``names``: the new name of each class; None removes the labels of its rows.

    >>> classes, label = renamed(np.array([0, 1, 2, -1]), ["a", "a", None])
    >>> classes, label.tolist()
    (('a',), [0, 0, -1, -1])
    """
    found, number = encode_labels([*names, None])  # the last is for -1
    return found, number[label]
