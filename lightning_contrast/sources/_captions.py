"""Captions as a person's files hold them: cells, what is wrong with them, and which rows remain."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.sources._with_captions import Captioned


class CaptionedRow(NamedTuple):
    """``file``: whatever finds the picture; ``where``: how it is named to a person; ``known``: what
    is known of it, or what is wrong, in a line."""

    file: Any
    where: str
    known: Captioned | str


class Usable(NamedTuple):
    """The rows that remain, column by column, and how many were left out."""

    files: list[Any]
    names: list[str]
    pictures: list[Captioned]
    skipped: int


def texts_of(cell: Any) -> list[Any]:
    """The captions of a cell: none, one, or those of a list.

    >>> texts_of(" a cat "), texts_of(["a", 5]), texts_of(None)
    (['a cat'], ['a', 5], [])
    """
    if cell is None:
        return []
    cells = cell if isinstance(cell, list | tuple | np.ndarray) else [cell]
    return [text.strip() if isinstance(text, str) else text for text in cells]


def wrong_captions(
    captions: Sequence[Any], where: str, columns: Iterable[str], missing: Sequence[str]
) -> str:
    """What is wrong with the captions of a picture: a line, or "".

    >>> wrong_captions(["a cat", ""], "row 1", ["caption"], [])
    "row 1: caption 2 in 'caption' must be a text, got ''"
    """
    named = " and ".join(map(repr, columns))
    if not captions:
        return f"{where}: {named} must hold a caption"
    for number, text in enumerate(captions, start=1):
        if not isinstance(text, str) or not text.strip() or text.strip() in missing:
            return f"{where}: caption {number} in {named} must be a text, got {text!r}"
    return ""


def name_of(cell: Any) -> str | None:
    """The identity or the group that a cell names."""
    return None if cell is None or cell == "" else str(cell)


def usable(rows: Iterator[CaptionedRow], skip: bool, what: str) -> Usable:
    """The rows that can be used.

    Raises ``InputError`` for the first that can't unless ``skip``, and where none can; ``what`` is
    the file or folder.
    """
    files, names, pictures = list[Any](), list[str](), list[Captioned]()
    skipped = 0
    for file, where, known in rows:
        if isinstance(known, Captioned):
            files.append(file)
            names.append(where)
            pictures.append(known)
        elif skip:
            skipped += 1
        else:
            raise InputError(f"{known}: mend it, or set source.skip_bad_rows=true to leave it out")
    if not files:
        raise InputError(f"{what} holds no pictures with captions: give some")
    return Usable(files, names, pictures, skipped)
