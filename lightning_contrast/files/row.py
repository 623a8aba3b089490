"""A row as it was given."""

from typing import Any, NamedTuple


class Row(NamedTuple):
    """What is to be predicted, and where it stands.

    ``number``: from 1; ``raw``: a text, the path of an image, or whatever else a classifier reads;
    ``id``: the cell of an id column, the path of an image, else None; ``problem``: why it can't be
    used, or "".
    """

    number: int
    raw: Any
    id: Any = None
    problem: str = ""
