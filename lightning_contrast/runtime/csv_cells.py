"""CSV and TSV files whose texts no spreadsheet runs as formulas, and that read back unchanged.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, also after blanks or
invisible characters. An apostrophe in front makes the cell a text. In some languages a spreadsheet
takes the semicolon or the tab as separator, so that a new cell begins after one inside a text: an
apostrophe is put there too. ``plain`` removes the apostrophes.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

_UNSEEN = r"['\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*"
_FIRST = rf"'*[\t\r\n]|{_UNSEEN}[=+\-@＝＋－＠]"
_WITHIN = rf"{_UNSEEN}(?:[=+@＝＋＠]|[-－][\w.(])"  # so that ;-) stays as it is
_STARTS = rf"(?:\A(?={{0}}(?:{_FIRST}))|(?<=[;\t\r\n])(?={{0}}(?:{_WITHIN})))"
_GUARD = re.compile(_STARTS.replace("{0}", ""))
_GUARDED = re.compile(_STARTS.replace("{0}", "'") + "'")


def guarded(cell: Any) -> Any:
    """The cell as it is written: a text gets the apostrophes it needs, other values none.

    >>> guarded("=1+1"), guarded("a;=1+1"), guarded("fine ;-)"), guarded(-0.5)
    ("'=1+1", "a;'=1+1", 'fine ;-)', -0.5)
    """
    return _GUARD.sub("'", cell) if isinstance(cell, str) else cell


def plain(text: str) -> str:
    """Undoes ``guarded``: removes the apostrophes that it added.

    >>> plain("'=1+1"), plain("it's")
    ('=1+1', "it's")
    """
    return _GUARDED.sub("", text)


class CsvWriter:
    """Writes rows of cells to an open text file; each text is guarded.

    >>> import io
    >>> file = io.StringIO()
    >>> CsvWriter(file).row(["@sum", "a, b", 1])
    >>> file.getvalue()
    '\\'@sum,"a, b",1\\n'
    """

    def __init__(self, file: IO[str], separator: str = ",") -> None:
        self._file, self._line = file, io.StringIO()
        # csv quotes a cell only for characters of its line end. Readers end a line at a lone \r
        # too, so the line end has both.
        self._writer = csv.writer(self._line, delimiter=separator, lineterminator="\r\n")

    def row(self, cells: Iterable[Any]) -> None:
        self._writer.writerow(map(guarded, cells))
        self._file.write(self._line.getvalue().removesuffix("\r\n") + "\n")
        self._line.seek(0)
        self._line.truncate()


def read_csv(path: str | Path, separator: str = ",") -> Iterator[list[str]]:
    """The rows of a file that ``CsvWriter`` wrote, with every text as it was given."""
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        for row in csv.reader(file, delimiter=separator):
            yield [plain(cell) for cell in row]
