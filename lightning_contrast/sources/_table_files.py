"""Whole table files: the columns that are wanted, and which rows are malformed."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.sources._table_rows import (
    TableRow,
    delimited_rows,
    json_rows,
    parquet_rows,
)

SEPARATOR = {".csv": ",", ".tsv": "\t"}


class Cells(NamedTuple):
    """``columns``: a list of cells for each wanted argument; ``bad``: what is wrong, by row."""

    columns: dict[str, list[Any]]
    bad: dict[int, str]


def read_table(
    path: Path, wanted: dict[str, str], encoding: str, separator: str | None, quote: str | None
) -> Cells:
    """The wanted columns (argument name to column name) of a table file, chosen by its suffix.

    >>> read_table(Path("notes.docx"), {"text_column": "text"}, "utf-8", None, None)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: notes.docx must end in .csv, .tsv, .jsonl or .parquet...
    """
    columns: dict[str, list[Any]] = {argument: [] for argument in wanted}
    bad: dict[int, str] = {}
    for number, row in enumerate(_rows(path, wanted, encoding, separator, quote)):
        for argument, cell in row.cells.items():
            columns[argument].append(cell)
        if row.problem:
            bad[number] = row.problem
    return Cells(columns, bad)


def _rows(
    path: Path, wanted: dict[str, str], encoding: str, separator: str | None, quote: str | None
) -> Iterator[TableRow]:
    kind = path.suffix.lower()
    if kind in (".parquet", ".pq"):
        return parquet_rows(path, wanted)
    if kind in (".jsonl", ".ndjson"):
        return json_rows(read_text(path, encoding).split("\n"), path.name, wanted)
    if kind in SEPARATOR:
        lines = io.StringIO(read_text(path, encoding), newline="")
        return delimited_rows(lines, path.name, wanted, separator or SEPARATOR[kind], quote)
    raise InputError(
        f"{path.name} must end in .csv, .tsv, .jsonl or .parquet: convert it to one of them"
    )


def read_text(path: Path, encoding: str) -> str:
    """The whole file; raises ``InputError`` where it is not in this encoding."""
    data = path.read_bytes()
    try:
        return data.decode(with_mark(encoding))
    except LookupError as error:
        raise unknown_encoding(encoding) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name} is not {encoding}: byte 0x{data[error.start]:02x} in line {line}. Save "
            "it as UTF-8, or set source.encoding to what it is (latin-1, cp1252, utf-16, ...)"
        ) from error


def with_mark(encoding: str) -> str:
    """The encoding; UTF-8 may begin with a byte order mark.

    >>> with_mark("UTF-8"), with_mark("latin-1")
    ('utf-8-sig', 'latin-1')
    """
    return "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding


def unknown_encoding(encoding: str) -> InputError:
    """The error for an encoding that Python lacks."""
    return InputError(
        f"source.encoding must be an encoding that Python knows, got {encoding!r}: "
        "set source.encoding=utf-8"
    )
