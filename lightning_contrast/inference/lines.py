"""What a network says of rows, as the lines of a file."""

import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, ClassVar

from torch import Tensor

from lightning_contrast.files.row import Row
from lightning_contrast.runtime.csv_cells import CsvWriter

SEPARATORS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (".jsonl", ".ndjson", *SEPARATORS)
JSON = json.JSONEncoder(ensure_ascii=False, default=str)  # an id may be a date


class Lines(ABC):
    """JSON lines, a row each; or a table, whose header stands before its first line.

    JSON lines hold texts unchanged. In a table texts are guarded, so that no spreadsheet runs them
    as formulas; ``runtime.csv_cells.read_csv`` restores them.

    Args:
        network: a ``modules.network.Network``.
        suffix: of the file, such as ``.csv``.
        least: the probability that an answer must have, or None.
    """

    suffixes: ClassVar[tuple[str, ...]] = SUFFIXES
    of_places: ClassVar[bool] = False  # of features (n, t, f)

    unsure = 0  # rows without an answer so far

    def __init__(self, network: Any, suffix: str, least: float | None = None) -> None:
        self.network, self.suffix, self.least = network, suffix, least
        self.begun = False

    @abstractmethod
    def records(self, rows: Sequence[Row], features: Tensor) -> list[dict[str, Any]]:
        """A record of each row, of its features."""

    @abstractmethod
    def columns(self, record: dict[str, Any]) -> list[str]:
        """The header of a table."""

    @abstractmethod
    def cells(self, record: dict[str, Any]) -> Iterator[list[Any]]:
        """The lines of a table that a record gives."""

    def text(self, rows: Sequence[Row], features: Tensor) -> str:
        """The lines of the next rows."""
        return self.written(self.records(rows, features))

    def written(self, records: Sequence[dict[str, Any]]) -> str:
        """The lines of the next records."""
        if self.suffix not in SEPARATORS:
            return "".join(JSON.encode(each) + "\n" for each in records)
        lines = io.StringIO()
        writer = CsvWriter(lines, SEPARATORS[self.suffix])
        for each in records:
            if not self.begun:
                writer.row(self.columns(each))
            self.begun = True
            for cells in self.cells(each):
                writer.row(cells)
        return lines.getvalue()

    def end(self) -> str:
        """What stands behind the last line."""
        return ""


def of_row(row: Row) -> dict[str, Any]:
    """``row`` (its number), ``id`` (where it has one of its own), ``input``.

    >>> of_row(Row(3, "a text"))
    {'row': 3, 'input': 'a text'}
    """
    own = {} if row.id is None or row.id is row.raw else {"id": row.id}
    return {"row": row.number, **own, "input": shown(row)}


def shown(row: Row) -> str:
    """A text or path as it is; for an array or a picture only the name of its type."""
    return str(row.raw) if isinstance(row.raw, str | PurePath) else type(row.raw).__name__
