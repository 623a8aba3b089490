"""Rows of a CSV or TSV."""

import csv
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import Cells, places
from lightning_contrast.files.lines import broken

LONGEST = 1 << 24  # characters of a field: a mark that is not closed must not read the whole file
MARKS = ",;\t|"
TAB, TAB_WRITTEN = "\t", r"\t"  # on a command line
NO_QUOTE = "source.quote=null"


def delimited_rows(
    lines: Iterable[str],
    name: str,
    wanted: Mapping[str, str],
    separator: str | None,
    quote: str | None,
    usual: str = ",",
    encoding: str = "utf-8",
) -> Iterator[Cells]:
    """The wanted cells (argument to column name) of each row, from lines with their line ends.

    ``separator``: None takes the ``usual`` one, or, with a warning, the one that the header needs.
    A quotation mark that is never closed spoils at most ``LONGEST`` characters. Raises
    ``InputError`` for a header without the columns, and for marks that are not one character.

    >>> list(delimited_rows(["a,b\\n", "1,2\\n"], "x.csv", {"label": "b"}, ",", '"'))
    [({'label': '2'}, '')]
    """
    separator = TAB if separator == TAB_WRITTEN else separator
    marks = (("separator", separator, _override(";")), ("quote", quote, NO_QUOTE))
    for argument, mark, mend in marks:
        if mark is not None and len(mark) != 1:
            raise InputError(f"source.{argument} must be one character, got {mark!r}: set {mend}")
    lines = iter(lines)
    first = next(filter(str.strip, lines), "")
    if said := re.fullmatch(r"sep=(.)\s*", first):  # as Excel writes it, before the header
        usual, first = said[1], next(lines, "")
    if wrong := broken(first, encoding):
        raise InputError(f"{name}, line 1: {wrong}")
    taken = separator or _separator(first, wanted, usual, quote)
    reader = _reader(chain([first], lines), taken, quote)
    header = next(_fields(reader), [])
    if isinstance(header, str):
        raise InputError(f"{name}{header}")
    header = [column.strip() for column in header]
    place = places(header, wanted, name)
    if taken != (separator or usual):
        warnings.warn(
            f"{name}: the fields are taken to be separated by {taken!r}, as its header is; set "
            f"{_override(taken)} to be sure",
            stacklevel=2,
        )
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


def _override(separator: str) -> str:
    """How a separator is set, quoted for a shell and for Hydra."""
    written = TAB_WRITTEN if separator == TAB else separator
    return f"""'source.separator="{written}"'"""


def _separator(line: str, wanted: Mapping[str, str], usual: str, quote: str | None) -> str:
    """The mark that splits a header into the wanted columns, first of all the usual one; if none
    does, the most frequent mark."""

    def fits(mark: str) -> bool:
        header = next(_fields(_reader([line], mark, quote)), [])
        return {*wanted.values()} <= {column.strip() for column in header}

    marks = (usual, *MARKS)
    return next(filter(fits, marks), max(marks, key=line.count))


def _reader(lines: Iterable[str], separator: str, quote: str | None) -> Any:
    csv.field_size_limit(LONGEST)
    quoting: Any = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    return csv.reader(lines, delimiter=separator, quotechar=quote, quoting=quoting, strict=True)


def _fields(reader: Any) -> Iterator[list[str] | str]:
    """The fields of each row, or what is wrong with it; after an error the next line is read."""
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
