"""The columns of a table that are wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from lightning_contrast.errors import InputError, listing

Cells = tuple[dict[str, Any], str]
"""The cells of a row by the argument that wants them; and "" or what is wrong with the row, as the
sentence goes on behind "row 3 of news.csv"."""


def places(header: Sequence[str], wanted: Mapping[str, str], name: str) -> dict[str, int]:
    """Where in the header each wanted column stands; ``InputError`` for one that does not.

    >>> places(["text", "label"], {"label_column": "label"}, "news.csv")
    {'label_column': 1}
    """
    if not header:
        raise InputError(f"{name} is empty: it must hold a header and at least one row")
    for argument, column in wanted.items():
        if column not in header:
            raise InputError(
                f"column {column!r} is not in {name}; its columns are: {listing(list(header))}. "
                f"Set source.{argument} to one of them"
            )
    return {argument: header.index(column) for argument, column in wanted.items()}
