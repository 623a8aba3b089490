"""Marked texts as JSON lines or CSV."""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from lightning_contrast.files.row import Row
from lightning_contrast.inference.records import SEPARATORS
from lightning_contrast.modules.marking import Span
from lightning_contrast.runtime.csv_cells import CsvWriter

_JSON = json.JSONEncoder(ensure_ascii=False, default=str)  # an id may be a date


def span_record(row: Row, spans: Sequence[Span]) -> dict[str, Any]:
    """``row`` (its number), ``id`` (where it has one of its own), ``input`` and ``spans``, each
    with ``start``, ``end``, ``label``, ``text`` and ``probability``: what ``source=spans`` reads.

    >>> span_record(Row(3, "Ann"), [Span(0, 3, "person", "Ann", 0.9)])["spans"][0]["label"]
    'person'
    """
    own = {} if row.id is None or row.id is row.raw else {"id": row.id}
    marked = [span._asdict() for span in spans]
    return {"row": row.number, **own, "input": row.raw, "spans": marked}


def spans_as_text(records: Iterable[dict[str, Any]], suffix: str, header: bool = False) -> str:
    """JSON lines, a text each; or a table with a line for each span, so none for a text without.

    >>> one = span_record(Row(1, "Ann"), [Span(0, 3, "person", "Ann", 0.5)])
    >>> print(spans_as_text([one], ".csv", header=True), end="")
    row,start,end,label,text,probability
    1,0,3,person,Ann,0.5
    """
    if suffix not in SEPARATORS:
        return "".join(_JSON.encode(each) + "\n" for each in records)
    lines = io.StringIO()
    writer = CsvWriter(lines, SEPARATORS[suffix])
    for number, each in enumerate(records):
        own = {name: each[name] for name in ("row", "id") if name in each}
        if header and not number:
            writer.row([*own, *Span._fields])
        for span in each["spans"]:
            writer.row([*own.values(), *span.values()])
    return lines.getvalue()
