"""Predictions as JSON lines or CSV."""

import io
import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from lightning_contrast.files.row import Row
from lightning_contrast.modules.prediction import Prediction
from lightning_contrast.runtime.csv_cells import CsvWriter

JOINED = "; "  # between the labels of a row that has several
SEPARATORS = {".csv": ",", ".tsv": "\t"}
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)  # an id may be a date
SUFFIXES = (".jsonl", ".ndjson", *SEPARATORS)


def record(row: Row, answer: Prediction) -> dict[str, Any]:
    """``row`` (its number), ``id`` (if it has one), ``input``, ``label``, ``match`` (if it is
    known), ``probabilities``.

    >>> record(Row(3, "a text"), Prediction("cat", {"cat": 1.0}))
    {'row': 3, 'input': 'a text', 'label': 'cat', 'probabilities': {'cat': 1.0}}
    """
    own = {} if row.id is None or row.id is row.raw else {"id": row.id}
    found = without_none({"match": answer.match})
    said = {"label": answer.label, **found, "probabilities": answer.probabilities}
    return {"row": row.number, **own, "input": shown(row), **said}


def without_none(record: dict[str, Any]) -> dict[str, Any]:
    """A record without its ``match``, if that is None.

    >>> without_none({"label": None, "match": None})
    {'label': None}
    """
    return {name: value for name, value in record.items() if name != "match" or value is not None}


def shown(row: Row) -> str:
    """A text or path as it is; for an array or a picture only the name of its type."""
    return str(row.raw) if isinstance(row.raw, str | PurePath) else type(row.raw).__name__


def as_text(records: Iterable[dict[str, Any]], suffix: str, header: bool = False) -> str:
    """Lines of a file with this suffix. In a table each class has a column ``probability/CLASS``,
    and the label of a row without one is empty.

    JSON lines hold texts unchanged. In a table texts are guarded, so that no spreadsheet runs them
    as formulas; ``runtime.csv_cells.read_csv`` restores them.

    >>> answer = record(Row(1, "a"), Prediction(None, {"x": 0.5, "y": 0.5}))
    >>> print(as_text([answer], ".csv", header=True), end="")
    row,input,label,probability/x,probability/y
    1,a,,0.5,0.5
    """
    if suffix not in SEPARATORS:
        return "".join(_JSON.encode(each) + "\n" for each in records)
    lines = io.StringIO()
    writer = CsvWriter(lines, SEPARATORS[suffix])
    for number, each in enumerate(records):
        *cells, chances = each.values()
        if isinstance(cells[-1], list):
            cells[-1] = JOINED.join(cells[-1])
        if header and not number:
            writer.row([*list(each)[:-1], *(f"probability/{name}" for name in chances)])
        writer.row([*cells, *chances.values()])
    return lines.getvalue()
