"""Readers of table files: the columns that are wanted, and which rows are malformed."""

import csv
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.sources.paths import listing


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
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        return _delimited(path, wanted, encoding, separator or _SEPARATOR[kind], quote)
    if kind in (".jsonl", ".ndjson"):
        return _json_lines(path, wanted, encoding)
    if kind in (".parquet", ".pq"):
        return _parquet(path, wanted)
    raise InputError(
        f"{path.name} must end in .csv, .tsv, .jsonl or .parquet: convert it to one of them"
    )


_SEPARATOR = {".csv": ",", ".tsv": "\t"}


def _delimited(
    path: Path, wanted: dict[str, str], encoding: str, separator: str, quote: str | None
) -> Cells:
    for argument, mark in (("separator", separator), ("quote", quote)):
        if mark is not None and len(mark) != 1:
            raise InputError(
                f"source.{argument} must be one character, got {mark!r}: set source.{argument}="
                + ("';'" if argument == "separator" else "null for no quotation marks")
            )
    csv.field_size_limit(2**31 - 1)  # an article may be longer than the reader's 131,072
    reader = csv.reader(
        io.StringIO(read_text(path, encoding), newline=""),
        delimiter=separator,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    bad: dict[int, str] = {}
    try:
        header = next(reader, [])
        place = _places(header, wanted, path)
        columns: dict[str, list[Any]] = {argument: [] for argument in wanted}
        for row, fields in enumerate(filter(None, reader)):
            if len(fields) != len(header):
                bad[row] = (
                    f"row {row + 1} of {path.name} (line {reader.line_num}) must have "
                    f"{len(header)} fields like the header, got {len(fields)}"
                )
            for argument, at in place.items():
                columns[argument].append(fields[at] if at < len(fields) else "")
    except csv.Error as error:
        raise InputError(
            f"{path.name}, line {reader.line_num}: {error}; double the quotation marks inside a "
            "field, or set source.quote=null if they are ordinary characters"
        ) from error
    return Cells(columns, bad)


def _json_lines(path: Path, wanted: dict[str, str], encoding: str) -> Cells:
    records: list[dict[str, Any]] = []
    bad: dict[int, str] = {}
    for number, line in enumerate(read_text(path, encoding).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            record, problem = {}, f"is not JSON ({error.msg} at character {error.pos + 1})"
        else:
            problem = "" if isinstance(record, dict) else "must be a JSON object {...}"
        if problem:
            bad[len(records)] = f"row {len(records) + 1} of {path.name} (line {number}) {problem}"
            record = {}
        records.append(record)
    names = list(dict.fromkeys(name for record in records for name in record))
    if names or not bad:
        _places(names, wanted, path)
    return Cells({a: [r.get(column) for r in records] for a, column in wanted.items()}, bad)


def _parquet(path: Path, wanted: dict[str, str]) -> Cells:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "table") from error
    try:
        _places(pq.read_schema(path).names, wanted, path)
        table = pq.read_table(path, columns=list(dict.fromkeys(wanted.values())))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} is not a Parquet file that can be read ({error}): write it again"
        ) from error
    return Cells({a: table.column(column).to_pylist() for a, column in wanted.items()}, {})


def read_text(path: Path, encoding: str) -> str:
    """The whole file; raises ``InputError`` where it is not in this encoding."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError as error:
        raise InputError(
            f"source.encoding must be an encoding that Python knows, got {encoding!r}: "
            "set source.encoding=utf-8"
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name} is not {encoding}: byte 0x{data[error.start]:02x} in line {line}. Save "
            "it as UTF-8, or set source.encoding to what it is (latin-1, cp1252, utf-16, ...)"
        ) from error


def _places(header: list[str], wanted: dict[str, str], path: Path) -> dict[str, int]:
    if not header:
        raise InputError(f"{path.name} is empty: it must hold a header and at least one row")
    for argument, column in wanted.items():
        if column not in header:
            raise InputError(
                f"column {column!r} is not in {path.name}; its columns are: {listing(header)}. "
                f"Set source.{argument} to one of them"
            )
    return {argument: header.index(column) for argument, column in wanted.items()}
