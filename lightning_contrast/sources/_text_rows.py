"""Texts of a file or of the standard input, one at a time, with what is wrong with each."""

import re
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.sources._row import Row
from lightning_contrast.sources._table_files import SEPARATOR
from lightning_contrast.sources._table_rows import (
    TableRow,
    delimited_rows,
    json_rows,
    parquet_rows,
)
from lightning_contrast.sources._text_lines import STDIN, text_lines

KINDS = {
    **dict.fromkeys((".txt", ".text", ""), "lines"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    ".csv": "csv",
    ".tsv": "tsv",
}
LONGEST = 1 << 24  # characters of a field: an open quotation mark must not swallow the whole file
Marks = tuple[str | None, str | None]
"""Separator, None for that of the kind, and quotation mark, None for none."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_rows(
    path: str | Path,
    text_column: str,
    id_column: str | None,
    encoding: str,
    kind: str | None,
    marks: Marks,
) -> Iterator[Row]:
    """The lines of a file, or the texts of a table: see ``inference.unlabelled``."""
    if isinstance(path, Path) and (other := _other(path)):
        raise InputError(
            f"input {path} is {other}, but the checkpoint reads texts: give a file of texts, or "
            "the checkpoint of an image classifier"
        )
    kind = kind or _kind(path)
    if kind == "lines":
        for number, line in enumerate(text_lines(path, encoding), start=1):
            yield _row(number, TableRow({"text_column": line.rstrip("\r\n")}), "", encoding)
        return
    wanted = {"text_column": text_column}
    if id_column is not None:
        wanted["id_column"] = id_column
    name = "the standard input" if str(path) == STDIN else Path(path).name
    for number, row in enumerate(_table(path, name, wanted, encoding, kind, marks), start=1):
        yield _row(number, row, f" of {name}", encoding)


def _table(
    path: str | Path,
    name: str,
    wanted: dict[str, str],
    encoding: str,
    kind: str,
    marks: Marks,
) -> Iterator[TableRow]:
    if kind == "parquet":
        if not isinstance(path, Path):
            raise InputError("a Parquet file can't be read from a pipe: give input=FILE.parquet")
        return parquet_rows(path, wanted)
    lines = text_lines(path, encoding)
    if kind == "jsonl":
        return json_rows(lines, name, wanted, first=100)
    separator, quote = marks
    mark = separator or SEPARATOR[f".{kind}"]
    return delimited_rows(lines, name, wanted, mark, quote, LONGEST)


def _row(number: int, row: TableRow, where: str, encoding: str) -> Row:
    text, problem = row.cells["text_column"], row.problem
    id_ = None
    if "id_column" in row.cells:
        id_ = "" if row.cells["id_column"] is None else row.cells["id_column"]
    if not problem and (wrong := _wrong(text, encoding) or _broken(str(id_), encoding)):
        problem = f"row {number}{where}: {wrong}"
    return Row(number, text, id_, problem)


def _wrong(text: Any, encoding: str) -> str:
    if not isinstance(text, str):
        return f"must be a text, got {text!r}"
    return _broken(text, encoding) if text.strip() else "the text is empty"


def _broken(text: str, encoding: str) -> str:
    """What is wrong with the signs of a text.

    >>> _broken("caf\\udce9", "utf-8")
    'byte 0xe9 is not utf-8 (set encoding to what it is: latin-1, cp1252, utf-16, ...)'
    """
    found = None if text.isascii() else _SURROGATE.search(text)
    if not found:
        return ""
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # as surrogateescape hands on a byte that it can't decode
        return (
            f"byte 0x{code - 0xDC00:02x} is not {encoding} "
            "(set encoding to what it is: latin-1, cp1252, utf-16, ...)"
        )
    return f"holds half a sign, 0x{code:x}"


def _kind(path: str | Path) -> str:
    if not isinstance(path, Path):
        return "lines"
    kind = KINDS.get(path.suffix.lower())
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
