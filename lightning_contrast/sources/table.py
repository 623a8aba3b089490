"""A person's own table: CSV, TSV, JSON lines or Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.paths import existing
from lightning_contrast.files.tables import Reading, TableRow, table_rows
from lightning_contrast.rows.attributes import attribute
from lightning_contrast.rows.labels import encode_labels
from lightning_contrast.rows.split_names import split_number
from lightning_contrast.sources._labelled import labelled, with_pairs
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

NAMED = ("text_column", "label_column", "pair_column", "group_column", "split_column")


@dataclass
class Table(Source):
    """Labelled texts of a ``.csv``, ``.tsv``, ``.jsonl`` or ``.parquet`` file.

    ``pair_column``: the text that is each row's pair, such as the answer to a question, for
    ``positives=paired``. ``group_column``: rows with the same value stay on one side of the split
    (an author, a document). ``split_column``: holds train, validation (val, dev) or test.
    ``attribute_columns``: what evaluation groups rows by (``protocols=fairness``).
    ``separator``: by the suffix if None. ``quote``: None where quotation marks are ordinary
    characters. Raises ``InputError`` for a missing column and, unless ``skip_bad_rows``, for the
    first row with an empty text, pair or label, another word for its split, characters of another
    encoding, or another number of fields than the header.

    >>> Table("news.csv", text_column="body").label_column
    'label'
    """

    path: str
    text_column: str = "text"
    label_column: str = "label"
    pair_column: str | None = None
    group_column: str | None = None
    split_column: str | None = None
    attribute_columns: Sequence[str] = ()
    encoding: str = "utf-8"
    separator: str | None = None
    quote: str | None = '"'
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        existing(self.path, "source.path")

    def load(self) -> Labelled:
        path = existing(self.path, "source.path")
        wanted = {a: column for a in NAMED if (column := getattr(self, a)) is not None}
        attributes = {f"attribute_columns[{i}]": c for i, c in enumerate(self.attribute_columns)}
        wanted |= attributes
        how = Reading(self.encoding, separator=self.separator, quote=self.quote)
        found: dict[str, list[Any]] = {argument: [] for argument in wanted}
        bad: dict[int, str] = {}
        for number, row in enumerate(table_rows(path, wanted, how)):
            if problem := row.problem or self._problem(row):
                bad[number] = problem
            for argument, cell in row.cells.items():
                found[argument].append(cell)
        rows = len(found["text_column"])
        keep = keep_usable(bad, rows, self.skip_bad_rows)
        cells = {argument: [column[row] for row in keep] for argument, column in found.items()}
        classes, label = encode_labels([str(name).strip() for name in cells["label_column"]])
        texts, parts = cells["text_column"], cells.get("split_column")
        own = labelled(
            texts,
            label,
            classes,
            group=_groups(cells["group_column"]) if self.group_column else None,
            split=None if parts is None else np.array([split_number(str(p)) for p in parts]),
            counts={"skipped": rows - len(keep)},
            attributes={column: attribute(cells[a]) for a, column in attributes.items()},
        )
        return with_pairs(own, texts + cells["pair_column"]) if self.pair_column else own

    def _problem(self, row: TableRow) -> str:
        for argument in ("text_column", "pair_column"):
            text = row.cells.get(argument, "none is wanted")
            if not isinstance(text, str) or not text.strip():
                column = getattr(self, argument)
                return f"{row.where}: {column!r} must be a text that is not empty, got {text!r}"
        label, part = row.cells["label_column"], row.cells.get("split_column", "train")
        if label is None or not str(label).strip():
            return f"{row.where}: {self.label_column!r} must not be empty, got {label!r}"
        if split_number(str(part)) is None:
            return (
                f"{row.where}: {self.split_column!r} must be train, validation or test, got "
                f"{part!r}"
            )
        return ""


def _groups(values: list[Any]) -> np.ndarray:
    number: dict[Any, int] = {}
    return np.array(
        [
            # a row without a value is a group of its own
            number.setdefault(row if value in (None, "") else str(value), len(number))
            for row, value in enumerate(values)
        ],
        dtype=np.int64,
    )
