"""Rows of a CSV or TSV."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import Cells, places

LONGEST = 1 << 24  # characters of a field: an open quotation mark must not swallow the whole file


def delimited_rows(
    lines: Iterable[str], name: str, wanted: Mapping[str, str], separator: str, quote: str | None
) -> Iterator[Cells]:
    """The wanted cells (argument to column name) of each row, from the lines with their ends.

    A quotation mark that is never closed takes ``LONGEST`` characters with it, at most. Raises
    ``InputError`` for a header without the columns, and for marks that are not one character.

    >>> list(delimited_rows(["a,b\\n", "1,2\\n"], "x.csv", {"label": "b"}, ",", '"'))
    [({'label': '2'}, '')]
    """
    for argument, mark, mend in (("separator", separator, "';'"), ("quote", quote, "null")):
        if mark is not None and len(mark) != 1:
            raise InputError(
                f"source.{argument} must be one character, got {mark!r}: "
                f"set source.{argument}={mend}"
            )
    csv.field_size_limit(LONGEST)
    quoting: Any = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=separator, quotechar=quote, quoting=quoting, strict=True)
    header = next(_fields(reader), [])
    if isinstance(header, str):
        raise InputError(f"{name}{header}")
    place = places(header, wanted, name)
    for fields in filter(None, _fields(reader)):
        if isinstance(fields, str):
            yield dict.fromkeys(wanted, ""), fields
            continue
        problem = ""
        if len(fields) != len(header):
            problem = (
                f" (line {reader.line_num}) must have {len(header)} fields like the header, got "
                f"{len(fields)}"
            )
        yield {a: fields[at] if at < len(fields) else "" for a, at in place.items()}, problem


def _fields(reader: Any) -> Iterator[list[str] | str]:
    """The fields of each row, or what is wrong with it: the reader goes on with the next line."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield (
                f", line {reader.line_num}: {error}; double the quotation marks inside a field, or "
                "set source.quote=null if they are ordinary characters"
            )
