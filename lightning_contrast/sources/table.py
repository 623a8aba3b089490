"""A person's own table: CSV, TSV, JSON lines or Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.attributes import attribute
from lightning_contrast.rows.bad_rows import keep_usable
from lightning_contrast.rows.labels import encode_labels
from lightning_contrast.rows.paths import existing
from lightning_contrast.rows.split_names import UNDECIDED, split_number
from lightning_contrast.sources._pairs import with_pairs
from lightning_contrast.sources._table_files import read_table
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass
class Table(Source):
    """Labelled texts of a ``.csv``, ``.tsv``, ``.jsonl`` or ``.parquet`` file.

    ``pair_column``: the text that is each row's pair, such as the answer to a question, for
    ``positives=paired``. ``group_column``: rows with the same value stay on one side of the split
    (an author, a document). ``split_column``: holds train, validation (val, dev) or test.
    ``attribute_columns``: what evaluation groups rows by (``protocols=fairness``).
    ``separator``: by the suffix if None. ``quote``: None where quotation marks are ordinary
    characters. Raises ``InputError`` for a missing column and, unless ``skip_bad_rows``, for the
    first row with an empty text, pair or label, or with another number of fields than the header.

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

    def load(self) -> Labelled:
        path = existing(self.path, "source.path")
        arguments = ("text_column", "label_column", "pair_column", "group_column", "split_column")
        wanted = {a: column for a in arguments if (column := getattr(self, a)) is not None}
        attributes = {f"attribute_columns[{i}]": c for i, c in enumerate(self.attribute_columns)}
        wanted |= attributes
        cells, bad = read_table(path, wanted, self.encoding, self.separator, self.quote)
        text, label, pair = cells["text_column"], cells["label_column"], cells.get("pair_column")
        for row in range(len(text)):
            if row not in bad and (problem := self._problem(row, cells)):
                bad[row] = f"row {row + 1} of {path.name}: {problem}"
        keep = keep_usable(bad, len(text), self.skip_bad_rows)
        classes, number = encode_labels([str(label[row]).strip() for row in keep])
        everything = [""] * len(text)
        texts = [text[row] for row in keep]
        labelled = Labelled(
            raw=texts,
            label=number,
            classes=classes,
            group=_groups([cells.get("group_column", everything)[row] for row in keep]),
            split=self._split(cells.get("split_column"), keep, path.name),
            counts={"skipped": len(text) - len(keep)},
            attributes={
                column: attribute(cells[argument][row] for row in keep)
                for argument, column in attributes.items()
            },
        )
        if pair is None:
            return labelled
        return with_pairs(labelled, [*texts, *(pair[row] for row in keep)])

    def _problem(self, row: int, cells: dict[str, list[Any]]) -> str:
        for argument in ("text_column", "pair_column"):
            if argument not in cells:
                continue
            text = cells[argument][row]
            if not isinstance(text, str) or not text.strip():
                column = getattr(self, argument)
                return f"{column!r} must be a text that is not empty, got {text!r}"
        label = cells["label_column"][row]
        if label is None or not str(label).strip():
            return f"{self.label_column!r} must not be empty, got {label!r}"
        return ""

    def _split(self, words: list[Any] | None, keep: np.ndarray, name: str) -> np.ndarray:
        if words is None:
            return np.full(len(keep), UNDECIDED, dtype=np.int8)
        numbers = [split_number(str(words[row])) for row in keep]
        if None in numbers:
            row = keep[numbers.index(None)]
            raise InputError(
                f"row {row + 1} of {name}: {self.split_column!r} must be train, validation or "
                f"test, got {words[row]!r}: mend it, or set source.split_column=null"
            )
        return np.array(numbers, dtype=np.int8)


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
