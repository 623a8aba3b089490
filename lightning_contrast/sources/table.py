"""A person's own table: CSV, TSV, JSON, Parquet or Excel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any, ClassVar

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.paths import existing
from lightning_contrast.files.tables import Reading, TableRow, table_rows
from lightning_contrast.rows.attributes import attribute, groups_of
from lightning_contrast.rows.label_sets import encode_sets, label_set, marked, with_parents
from lightning_contrast.rows.labels import MISSING, encode_labels, label_name
from lightning_contrast.rows.numbers import weight_of
from lightning_contrast.rows.split_names import TEST, UNDECIDED, VALIDATION, split_number
from lightning_contrast.sources._labelled import labelled, with_pairs
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

FILES = {"path": UNDECIDED, "validation_path": VALIDATION, "test_path": TEST}
NAMED = (
    "text_column",
    "label_column",
    "pair_column",
    "group_column",
    "split_column",
    "weight_column",
)


@dataclass
class Table(Source):
    """Texts of a table with their labels: CSV, TSV, JSON lines, a JSON array, Parquet or Excel.

    Text files may be packed (``.gz``, ``.bz2``, ``.xz``). A value inside a JSON object is named
    with dots, ``meta.topic``. ``label_column``: None for texts without labels. ``multi_label``: a
    row has a set of labels, a list or a text with ``label_separator`` between them;
    ``label_columns``: columns of 0 and 1 in its place; ``label_paths``: a row labelled
    ``sport/football`` is labelled ``sport`` too.
    ``pair_column``: the text that is each row's pair, such as the answer to a question, for
    ``positives=paired``. ``group_column``: rows with the same value stay on one side of the split
    (an author, a document). ``split_column``: holds train, validation (val, dev) or test.
    ``weight_column``: how much a row counts in the losses of training, 0 or more.
    ``validation_path``, ``test_path``: tables with the same columns, whose rows are those sides.
    ``attribute_columns``: what evaluation groups rows by (``protocols=fairness``). ``separator``:
    by the header if None. ``quote``: None where quotation marks are ordinary characters.
    ``missing``: texts that stand for no text and no label. Raises ``InputError`` for a missing
    column and, unless ``skip_bad_rows``, for the first row with a missing text, pair or label,
    another word for its split, characters of another encoding, or another number of fields than
    the header.

    >>> Table("news.csv", text_column="body").label_column
    'label'
    """

    path: str
    text_column: str = "text"
    label_column: str | None = "label"
    multi_label: bool = False
    label_separator: str = ";"
    label_columns: Sequence[str] = ()
    label_paths: bool = False
    pair_column: str | None = None
    group_column: str | None = None
    split_column: str | None = None
    validation_path: str | None = None
    test_path: str | None = None
    weight_column: str | None = None
    attribute_columns: Sequence[str] = ()
    encoding: str = "utf-8"
    separator: str | None = None
    quote: str | None = '"'
    missing: Sequence[str] = MISSING
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        existing(self.path, "source.path")

    def load(self) -> Labelled:
        if not self.label_separator:
            raise InputError(
                "source.label_separator stands between the labels of a text, and it is empty: set "
                "source.label_separator=';'"
            )
        attributes = {f"attribute_columns[{i}]": c for i, c in enumerate(self.attribute_columns)}
        marks = {f"label_columns[{i}]": column for i, column in enumerate(self.label_columns)}
        wanted = {a: column for a in NAMED if (column := getattr(self, a)) is not None}
        if marks:
            wanted.pop("label_column", None)
        elif self.label_column is None and (self.multi_label or self.label_paths):
            raise InputError(
                "source.multi_label and source.label_paths read source.label_column, which is "
                "null: name the column, or set source.multi_label=false source.label_paths=false"
            )
        wanted |= attributes | marks
        found: dict[str, list[Any]] = {a: [] for a in [*wanted, "label_column", "side"]}
        bad: dict[int, str] = {}
        for row, side in self._rows(wanted):
            cells = {**row.cells, "side": side}
            if problem := row.problem or self._problem(row.where, cells):
                bad[len(found["side"])] = problem
            for argument, column in found.items():
                cell = cells.get(argument)  # of texts that repeat one copy is kept
                if isinstance(cell, str) and argument not in ("text_column", "pair_column"):
                    cell = intern(cell)
                column.append(cell)
        rows = len(found["side"])
        keep = keep_usable(bad, rows, self.skip_bad_rows)
        kept = {argument: [column[row] for row in keep] for argument, column in found.items()}
        sets = None
        if self.multi_label or self.label_paths or marks:
            classes, label, sets = encode_sets(kept["label_column"])
        else:
            classes, label = encode_labels(kept["label_column"])
        own = labelled(
            kept["text_column"],
            label,
            classes,
            group=groups_of(kept["group_column"]) if self.group_column else None,
            split=np.array(kept["side"], dtype=np.int8),
            counts={"skipped": rows - len(keep)},
            attributes={column: attribute(kept[a]) for a, column in attributes.items()},
            sets=sets,
            weight=kept["weight_column"] if self.weight_column else None,
        )
        if self.pair_column is None:
            return own
        return with_pairs(own, kept["text_column"] + kept["pair_column"])

    def _rows(self, wanted: dict[str, str]) -> Iterator[tuple[TableRow, int]]:
        """The rows of all files, each with the side that its file says."""
        how = Reading(self.encoding, separator=self.separator, quote=self.quote)
        alone = {a: column for a, column in wanted.items() if a != "split_column"}
        for argument, side in FILES.items():
            if (given := getattr(self, argument)) is None:
                continue
            path = existing(given, f"source.{argument}")
            row = None
            for row in table_rows(path, wanted if side == UNDECIDED else alone, how):
                yield row, side
            if row is None:
                raise InputError(
                    f"{path} has no rows below its header: add some, or set source.{argument} to "
                    "a file that has"
                )

    def _problem(self, where: str, cells: dict[str, Any]) -> str:
        """What is wrong with a row. Its label becomes the name of a class, and its split a side."""
        for argument in ("text_column", "pair_column"):
            text = cells.get(argument, "none is wanted")
            if not isinstance(text, str) or not text.strip() or text.strip() in self.missing:
                column = getattr(self, argument)
                return f"{where}: {column!r} must be a text that is not empty, got {text!r}"
        if self.label_columns or self.label_column is not None:
            given = cells.get("label_column")
            cells["label_column"] = self._label(cells, where, self.label_column or "")
            if cells["label_column"] is None:
                mend = f": a row without any label has [], or {self.label_separator!r} as a text"
                return (
                    f"{where}: {self.label_column!r} must not be empty, got {given!r}"
                    f"{mend * self.multi_label}"
                )
        if "weight_column" in cells:
            cells["weight_column"], problem = weight_of(
                cells["weight_column"], where, self.weight_column
            )
            if problem:
                return problem
        if "split_column" in cells:
            word = cells["split_column"]
            cells["side"] = split_number(str(word))
            if cells["side"] is None:
                return (
                    f"{where}: {self.split_column!r} must be train, validation or test, got "
                    f"{word!r}"
                )
        return ""

    def _label(self, cells: dict[str, Any], where: str, column: str) -> str | frozenset[str] | None:
        """The class that a row names, or its set of labels; None where it names none."""
        if self.label_columns:
            marks = [cells[f"label_columns[{i}]"] for i in range(len(self.label_columns))]
            return marked(marks, self.label_columns, where)
        given = cells["label_column"]
        if self.multi_label or self.label_paths:
            own = label_set(given, where, column, self.label_separator, self.missing)
            return with_parents(own) if self.label_paths else own
        return label_name(given, where, column, self.missing)
