"""A row of the user's input."""

from typing import Any, NamedTuple


class Row(NamedTuple):
    """A row to predict, and its place in the input.

    ``number``: from 1; ``raw``: a text, the path of an image, or another input of a classifier;
    ``id``: the cell of an id column, the path of an image, else None; ``problem``: why the row
    can't be used, or "".
    """

    number: int
    raw: Any
    id: Any = None
    problem: str = ""
