"""Texts with labelled spans by character offsets, as annotators export them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.paths import existing
from lightning_contrast.files.tables import Reading, table_rows
from lightning_contrast.rows.split_names import TEST, UNDECIDED, VALIDATION, split_number
from lightning_contrast.sources._spans import Marked, problem_of, with_spans
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

FILES = {"path": UNDECIDED, "validation_path": VALIDATION, "test_path": TEST}


@dataclass
class SpanLines(Source):
    """JSON lines with a text and its spans a line.

    ``{"text": "Ann met Bo.", "spans": [{"start": 0, "end": 3, "label": "person"}]}``, or a span as
    ``[0, 3, "person"]``: ``end`` is behind the last character. ``types``: those that count, all
    others are background; None: all. ``split_column``: holds train, validation (val, dev) or test.

    Raises ``InputError`` for a missing file, a type that no text has and, unless ``skip_bad_rows``,
    for the first line with an empty text, a span that is none, lies outside of its text or overlaps
    another one, or another word for its split.

    >>> SpanLines("notes.jsonl").spans_column
    'spans'
    """

    path: str
    text_column: str = "text"
    spans_column: str = "spans"
    split_column: str | None = None
    validation_path: str | None = None
    test_path: str | None = None
    types: Sequence[str] | None = None
    encoding: str = "utf-8"
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        existing(self.path, "source.path")

    def load(self) -> Labelled:
        wanted = {"text_column": self.text_column, "spans_column": self.spans_column}
        if self.split_column is not None:
            wanted["split_column"] = self.split_column
        texts: list[str] = []
        spans: list[list[Marked]] = []
        sides: list[int] = []
        bad: dict[int, str] = {}
        for argument, own in FILES.items():
            if (given := getattr(self, argument)) is None:
                continue
            path = existing(given, f"source.{argument}")
            columns = {k: v for k, v in wanted.items() if own == UNDECIDED or k != "split_column"}
            for row in table_rows(path, columns, Reading(self.encoding, kind="jsonl")):
                side: int | None = own
                if "split_column" in row.cells:
                    side = split_number(str(row.cells["split_column"]))
                found, problem = ([], row.problem) if row.problem else marked(row.cells)
                if not problem and side is None:
                    problem = (
                        f"{self.split_column!r} must be train, validation or test, got "
                        f"{row.cells['split_column']!r}"
                    )
                if problem:
                    bad[len(texts)] = row.problem or f"{row.where}: {problem}"
                texts.append(row.cells.get("text_column", ""))
                spans.append(found)
                sides.append(UNDECIDED if side is None else side)
        keep = keep_usable(bad, len(texts), self.skip_bad_rows).tolist()
        return with_spans(
            self,
            [texts[row] for row in keep],
            [spans[row] for row in keep],
            self.types,
            [sides[row] for row in keep],
            {"skipped": len(texts) - len(keep)},
        )


def marked(cells: Mapping[str, Any]) -> tuple[list[Marked], str]:
    """The spans of a line in order, and what is wrong with it, or "".

    >>> marked({"text_column": "Ann", "spans_column": [[0, 3, "person"]]})
    ([(0, 3, 'person')], '')
    """
    text, given = cells.get("text_column"), cells.get("spans_column")
    if not isinstance(text, str) or not text.strip():
        return [], f"the text must not be empty, got {text!r}"
    if not isinstance(given, list):
        return [], f"the spans must be a list, got {given!r}"
    found: list[Marked] = []
    for one in given:
        ends: Any = (
            [one.get(k) for k in ("start", "end", "label")] if isinstance(one, dict) else one
        )
        whole = isinstance(ends, list) and len(ends) == 3
        if not whole or [type(each) for each in ends] != [int, int, str] or not ends[2].strip():
            return [], (
                f"a span must be [start, end, label] or an object with these, got {str(one)[:60]}"
            )
        found.append((ends[0], ends[1], ends[2].strip()))
    found.sort()
    return found, problem_of(text, found)
