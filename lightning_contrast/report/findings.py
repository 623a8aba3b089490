"""The findings of a protocol: figures, tables and plots, as all writers take them."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from lightning_contrast.modalities.modality import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Share(float):
    """A fraction: the report shows it in percent; JSON and CSV hold the number.

    >>> Share(0.25) * 2
    0.5
    """


Cell = str | int | float | None | Picture
"""A float is shown with three places, a ``Share`` in percent, ``None`` as a dash."""


def shown(cell: Cell) -> str:
    """A cell as text for people; a picture as its address.

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


class ReportTable(NamedTuple):
    """Rows of cells below named columns, and a caption."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""


class Plot(NamedTuple):
    """``draw()`` makes the figure when it is written (``report.style.new_figure``)."""

    draw: Callable[[], "Figure"]
    caption: str = ""


_NO_TABLES: Mapping[str, ReportTable] = MappingProxyType({})
_NO_PLOTS: Mapping[str, Plot] = MappingProxyType({})


class Findings(NamedTuple):
    """The findings of one protocol about one classifier.

    ``figures``: flat, under stable names of the form ``PROTOCOL/WHAT`` (``test/WHAT`` for those of
    the test split); an undefined figure is left out, never NaN. ``tables`` and ``plots``: by names
    that are valid file names, such as ``error_by_severity``. ``notes``: sentences for the report,
    such as why a protocol had nothing to measure. ``main``: how many of the tables, from the first,
    the terminal shows too.

    >>> Findings({"test/accuracy": 0.5}).tables
    mappingproxy({})
    """

    figures: Mapping[str, float]
    tables: Mapping[str, ReportTable] = _NO_TABLES
    plots: Mapping[str, Plot] = _NO_PLOTS
    notes: Sequence[str] = ()
    main: int = 1
