"""Cells of a table: how one is shown, and a row of the data as one."""

from collections.abc import Sequence
from typing import cast

from lightning_contrast.report.findings import Cell, Picture, Share
from lightning_contrast.report.images import thumbnail
from lightning_contrast.types import Images


def shown(cell: Cell) -> str:
    """A cell as people read it; a picture as its address.

    >>> shown(Share(0.98214)), shown(-2.5), shown(1234), shown(0.00012), shown(None)
    ('98.21 %', '-2.500', '1,234', '0.00012', '–')
    """
    if cell is None:
        return "–"
    if isinstance(cell, Picture):
        return cell.address
    if isinstance(cell, Share):
        return f"{100 * cell:.2f} %"
    if isinstance(cell, float):
        return f"{cell:.2g}" if 0 < abs(cell) < 0.001 else f"{cell:,.3f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def row_cell(raw: Sequence[str] | Images, index: int, modality: str, limit: int = 280) -> Cell:
    """A row of the data as a report shows it: the start of a text, or a thumbnail.

    >>> row_cell(["one  two"], 0, "text")
    'one two'
    """
    if modality == "image":
        return Picture(thumbnail(cast(Images, raw), index))
    text = " ".join(cast(Sequence[str], raw)[index].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
