"""Rows of a table file of any kind, one at a time: the wanted cells, or what is wrong."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import Cells
from lightning_contrast.files.delimited import delimited_rows
from lightning_contrast.files.excel import excel_rows
from lightning_contrast.files.json_records import json_rows
from lightning_contrast.files.lines import PACKED, STDIN, broken, suffix_of, text_lines
from lightning_contrast.files.parquet import parquet_rows

TABLES = {
    **{f".{kind}": kind for kind in ("csv", "tsv", "jsonl", "json", "parquet", "xlsx")},
    ".ndjson": "jsonl",
    ".pq": "parquet",
}
"""Kinds of tables by the suffix of a file. A file may be compressed as well (.csv.gz)."""

WHOLE = {"parquet": parquet_rows, "xlsx": excel_rows}
"""Binary kinds: they are read from an uncompressed file only, and not from a pipe."""


class Reading(NamedTuple):
    """How a table is read.

    ``kind``: None takes it from the suffix. ``separator``: None takes it from the header.
    ``quote``: None if quotation marks are ordinary characters. ``first``: number of JSON lines that
    are searched for the wanted columns; None searches all, and holds them in memory.
    """

    encoding: str = "utf-8"
    kind: str | None = None
    separator: str | None = None
    quote: str | None = '"'
    first: int | None = None


class TableRow(NamedTuple):
    """``cells``: by the argument that names their column; ``where``: such as ``row 3 of news.csv``;
    ``problem``: a line that says why the row can't be used, or ""."""

    cells: dict[str, Any]
    where: str
    problem: str = ""


def table_rows(path: str | Path, wanted: Mapping[str, str], how: Reading) -> Iterator[TableRow]:
    """The rows of a table, with the wanted columns (argument name to column name).

    Raises ``InputError`` for a file that is no table, or lacks a column.

    >>> next(table_rows("notes.docx", {"text_column": "text"}, Reading()))
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: notes.docx must end in .csv, .tsv, .jsonl, .ndjson, ...
    """
    name = "the standard input" if str(path) == STDIN else Path(path).name
    kind = how.kind or TABLES.get(suffix_of(path))
    if kind is None:
        raise InputError(f"{name} must end in {', '.join(TABLES)}: convert it to one of them")
    for number, (cells, problem) in enumerate(_rows(path, name, kind, wanted, how), start=1):
        where = f"row {number} of {name}"
        if not problem:
            texts = (cell for cell in cells.values() if isinstance(cell, str))
            wrong = next(filter(None, (broken(text, how.encoding) for text in texts)), "")
            problem = wrong and f": {wrong}"
        yield TableRow(cells, where, problem and where + problem)


def _rows(
    path: str | Path, name: str, kind: str, wanted: Mapping[str, str], how: Reading
) -> Iterator[Cells]:
    if kind in WHOLE:
        if str(path) == STDIN or Path(path).suffix.lower() in PACKED:
            raise InputError(
                f"{kind} can't be read from a pipe or a packed file, such as {name}: give the file "
                f"itself, input=FILE.{kind}"
            )
        return WHOLE[kind](Path(path), wanted)
    lines = text_lines(path, how.encoding)
    if kind in ("jsonl", "json"):
        return json_rows(lines, name, wanted, how.first, array=kind == "json")
    usual = "\t" if kind == "tsv" else ","
    return delimited_rows(lines, name, wanted, how.separator, how.quote, usual, how.encoding)
