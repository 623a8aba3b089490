"""Texts of a file or of standard input, one at a time, with what is wrong with each."""

from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.files.lines import broken, suffix_of, text_lines
from lightning_contrast.files.row import Row
from lightning_contrast.files.tables import TABLES, Reading, table_rows

KINDS = {**dict.fromkeys((".txt", ".text", ""), "lines"), **TABLES}


def text_rows(
    path: str | Path, text_column: str, id_column: str | None, how: Reading
) -> Iterator[Row]:
    """The lines of a file, or the texts of a table: see ``inference.unlabelled``."""
    if isinstance(path, Path) and (other := _other(path)):
        raise InputError(
            f"input {path} is {other}, but the checkpoint reads texts: give a file of texts, or "
            "the checkpoint of an image classifier"
        )
    kind = how.kind or _kind(path)
    if kind == "lines":
        for number, line in enumerate(text_lines(path, how.encoding), start=1):
            text = line.rstrip("\r\n")
            wrong = _wrong(text) or broken(text, how.encoding)
            yield Row(number, text, None, wrong and f"row {number}: {wrong}")
        return
    wanted = {"text_column": text_column}
    if id_column is not None:
        wanted["id_column"] = id_column
    for number, row in enumerate(table_rows(path, wanted, how._replace(kind=kind)), start=1):
        text, id_ = row.cells["text_column"], row.cells.get("id_column")
        if id_column is not None and id_ is None:
            id_ = ""
        wrong = _wrong(text)
        yield Row(number, text, id_, row.problem or (wrong and f"{row.where}: {wrong}"))


def _wrong(text: Any) -> str:
    if not isinstance(text, str):
        return f"must be a text, got {text!r}"
    return "" if text.strip() else "the text is empty"


def _kind(path: str | Path) -> str:
    kind = KINDS.get(suffix_of(path)) if isinstance(path, Path) else "lines"
    if kind is None:
        raise InputError(
            f"input {path} must end in {', '.join(filter(None, KINDS))}: convert it, or say what "
            "it is with kind=lines (csv, tsv, jsonl, parquet)"
        )
    return kind


def _other(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    return "an image" if (guess_type(path.name)[0] or "").startswith("image/") else ""
