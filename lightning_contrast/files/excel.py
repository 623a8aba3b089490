"""Rows of an Excel workbook."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.columns import Cells, places


def excel_rows(path: Path, wanted: Mapping[str, str]) -> Iterator[Cells]:
    """The wanted cells of each row of the first sheet, as texts; empty rows are left out.

    It warns of further sheets. Raises ``InputError`` for a file that is no workbook.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise missing_extra("openpyxl", "excel") from error
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"{path.name} is not an Excel workbook that can be read ({error}): save it again as "
            ".xlsx or .csv"
        ) from error
    if len(book.sheetnames) > 1:
        warnings.warn(
            f"{path.name} has {len(book.sheetnames)} sheets: only the first, "
            f"{book.sheetnames[0]!r}, is read; save another as a file of its own to read that",
            stacklevel=2,
        )
    try:
        sheet = book.worksheets[0].iter_rows(values_only=True)
        rows = filter(any, ([_shown(cell) for cell in row] for row in sheet))
        place = places([column.strip() for column in next(rows, [])], wanted, path.name)
        for row in rows:
            yield {a: row[at] if at < len(row) else "" for a, at in place.items()}, ""
    finally:
        book.close()


def _shown(cell: Any) -> str:
    """A cell as it would stand in a CSV file.

    >>> _shown(None), _shown(3.0), _shown("x")
    ('', '3', 'x')
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell)
