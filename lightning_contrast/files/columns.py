"""Finds the wanted columns of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from lightning_contrast.errors import InputError, listing

Cells = tuple[dict[str, Any], str]
"""The cells of a row, by the argument that names their column; and what is wrong with the row: ""
or the end of a sentence that begins with "row 3 of news.csv"."""


LONG = 30  # characters; few names of columns are longer


def places(
    header: Sequence[str], wanted: Mapping[str, str], name: str, inside: Sequence[str] = ()
) -> dict[str, int]:
    """Where in the header each wanted column stands; a value inside column ``meta`` is
    ``meta.topic``, and ``inside`` names such values.

    Raises ``InputError`` for a column that is not there, or is there twice.

    >>> places(["text", "meta"], {"label_column": "meta.topic"}, "news.jsonl")
    {'label_column': 1}
    """
    if not header:
        raise InputError(f"{name} is empty: it must hold a header and at least one row")
    found = {}
    for argument, column in wanted.items():
        outer = outermost(column, header)
        if outer not in header:
            names = [name for name in header if not any(n.startswith(f"{name}.") for n in inside)]
            names += inside
            raise InputError(
                f"column {column!r} is not in {name}; its columns are: {listing(names)}. "
                f"Set source.{argument} to one of them"
                + (", or to null for rows without labels" if argument == "label_column" else "")
                + ("; names that are rows need a header above them" if _are_rows(names) else "")
            )
        if header.count(outer) > 1:
            raise InputError(
                f"{name} has {header.count(outer)} columns called {outer!r}: rename all but one"
            )
        found[argument] = header.index(outer)
    return found


def _are_rows(names: Sequence[str]) -> bool:
    """Whether what stands in the place of a header is longer than names are."""
    return any(len(name) > LONG for name in names)


def outermost(column: str, header: Sequence[str]) -> str:
    """The column of the table that holds a wanted one: itself, or the part before its first dot.

    >>> outermost("meta.topic", ["text", "meta"]), outermost("a.b", ["a.b"])
    ('meta', 'a.b')
    """
    return column if column in header else column.partition(".")[0]


def inner(cell: Any, column: str, outer: str) -> Any:
    """The value of a wanted column inside the cell of its outermost column, None if there is none.

    >>> inner({"topic": {"name": "tech"}}, "meta.topic.name", "meta")
    'tech'
    """
    for key in column.removeprefix(outer).split(".")[1:]:
        cell = cell.get(key) if isinstance(cell, Mapping) else None
    return cell
