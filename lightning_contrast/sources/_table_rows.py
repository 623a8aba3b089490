"""Rows of a table, one at a time: the wanted cells, and what is wrong with the row."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.rows.paths import listing

LONGEST = 2**31 - 1  # an article may be longer than the csv reader's 131,072 characters


class TableRow(NamedTuple):
    """``cells``: by the argument that wants them; ``problem``: why the row can't be used, or ""."""

    cells: dict[str, Any]
    problem: str = ""


def delimited_rows(
    lines: Iterable[str],
    name: str,
    wanted: Mapping[str, str],
    separator: str,
    quote: str | None,
    longest: int = LONGEST,
) -> Iterator[TableRow]:
    """Rows of a CSV or TSV, from its lines with their ends; ``wanted``: argument to column name.

    A quotation mark that is never closed takes ``longest`` characters with it, at most.

    >>> lines = ["a,b\\n", "1,2\\n"]
    >>> [row.cells for row in delimited_rows(lines, "x.csv", {"label": "b"}, ",", '"')]
    [{'label': '2'}]
    """
    for argument, mark in (("separator", separator), ("quote", quote)):
        if mark is not None and len(mark) != 1:
            raise InputError(
                f"source.{argument} must be one character, got {mark!r}: set source.{argument}="
                + ("';'" if argument == "separator" else "null for no quotation marks")
            )
    csv.field_size_limit(longest)
    reader = csv.reader(
        lines,
        delimiter=separator,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        strict=True,
    )
    header = next(_fields(reader), [])
    if isinstance(header, str):
        raise InputError(f"{name}, {header}")
    place = places(header, wanted, name)
    for number, fields in enumerate(filter(None, _fields(reader)), start=1):
        where = f"row {number} of {name}"
        if isinstance(fields, str):
            yield TableRow(dict.fromkeys(wanted, ""), f"{where}, {fields}")
            continue
        problem = ""
        if len(fields) != len(header):
            problem = (
                f"{where} (line {reader.line_num}) must have {len(header)} fields like the header, "
                f"got {len(fields)}"
            )
        cells = {a: fields[at] if at < len(fields) else "" for a, at in place.items()}
        yield TableRow(cells, problem)


def _fields(reader: Any) -> Iterator[list[str] | str]:
    """The fields of each row, or what is wrong with it: the reader goes on with the next line."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield (
                f"line {reader.line_num}: {error}; double the quotation marks inside a field, or "
                "set source.quote=null if they are ordinary characters"
            )


def json_rows(
    lines: Iterable[str], name: str, wanted: Mapping[str, str], first: int | None = None
) -> Iterator[TableRow]:
    """Rows of JSON lines; a wanted column must stand in one of the ``first`` rows (None: of all).

    >>> [row.cells for row in json_rows(['{"a": 1}', '{"a": 2}'], "x.jsonl", {"text": "a"})]
    [{'text': 1}, {'text': 2}]
    """
    records = _records(lines, name)
    head = list(islice(records, first))
    names = list(dict.fromkeys(key for record, _ in head for key in record))
    if names or not head:
        places(names, wanted, name)
    for record, problem in chain(head, records):
        yield TableRow({a: record.get(column) for a, column in wanted.items()}, problem)


def _records(lines: Iterable[str], name: str) -> Iterator[tuple[dict[str, Any], str]]:
    row = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row += 1
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"is not JSON ({error.msg} at character {error.pos + 1})"
        except (ValueError, RecursionError) as error:  # a number or a nesting beyond all measure
            problem = f"is JSON that can't be read ({error})"
        else:
            problem = "" if isinstance(record, dict) else "must be a JSON object {...}"
        if problem:
            yield {}, f"row {row} of {name} (line {number}) {problem}"
        else:
            yield record, ""


def parquet_rows(path: Path, wanted: Mapping[str, str], batch: int = 256) -> Iterator[TableRow]:
    """Rows of a Parquet file, read ``batch`` at a time.

    Raises ``InputError`` for a file that is none.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "table") from error
    try:
        with pq.ParquetFile(path, buffer_size=1 << 20) as file:
            places(file.schema_arrow.names, wanted, path.name)
            columns = list(dict.fromkeys(wanted.values()))
            for part in file.iter_batches(batch, columns=columns):
                lists = [part.column(column).to_pylist() for column in wanted.values()]
                for cells in zip(*lists, strict=True):
                    yield TableRow(dict(zip(wanted, cells, strict=True)))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} is not a Parquet file that can be read ({error}): write it again"
        ) from error


def places(header: list[str], wanted: Mapping[str, str], name: str) -> dict[str, int]:
    """Where in the header each wanted column stands; ``InputError`` for one that does not.

    >>> places(["text", "label"], {"label_column": "label"}, "news.csv")
    {'label_column': 1}
    """
    if not header:
        raise InputError(f"{name} is empty: it must hold a header and at least one row")
    for argument, column in wanted.items():
        if column not in header:
            raise InputError(
                f"column {column!r} is not in {name}; its columns are: {listing(header)}. "
                f"Set source.{argument} to one of them"
            )
    return {argument: header.index(column) for argument, column in wanted.items()}
