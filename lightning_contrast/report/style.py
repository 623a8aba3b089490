"""The common style of all plots."""

import colorsys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, RIGHT, WRONG = "#1f2933", "#7b8794", "#2b8a3e", "#d6336c"
TRAIN, VALIDATION = "#4c6ef5", "#f08c00"
STYLE: Any = {
    "axes.edgecolor": "#cbd2d9",
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "lines.linewidth": 1.6,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9,
    "grid.color": "#e4e7eb",
    "legend.frameon": False,
    "legend.fontsize": 9,
}
"""Settings of matplotlib: thin grey frames and ticks, so that the data stands out."""

NAMED = [
    *("#4c6ef5", "#f08c00", "#2b8a3e", "#d6336c", "#00c3f0"),
    *("#3c3c4b", "#e1b4a5", "#b4c300", "#782d00", "#ff78ff"),
    *("#690069", "#c3b4ff", "#2d3c00", "#00d2b4", "#96873c"),
    *("#d21e1e", "#0078c3", "#5a8778", "#5ad24b", "#a56987"),
]
"""Each is of moderate lightness and chroma, and farthest in CIELAB from all those before it."""


def colours(count: int) -> list[str | tuple[float, float, float]]:
    """``count`` different colours that are easy to tell apart.

    >>> len(set(colours(30)))
    30
    """
    if count <= len(NAMED):
        return list(NAMED[:count])
    # Steps of the golden ratio keep successive hues apart; two levels of lightness double them.
    return [colorsys.hls_to_rgb(i * 0.618 % 1, 0.4 + 0.2 * (i % 2), 0.75) for i in range(count)]


def plain(name: str, limit: int = 24) -> str:
    """A class name escaped for matplotlib, and cut: no formula, no hidden legend entry.

    >>> plain("_$x$", limit=9)
    ' _\\\\$x\\\\$'
    """
    name = name if len(name) <= limit else name[: limit - 1] + "…"
    return (" " if name.startswith("_") else "") + name.replace("$", r"\$")


def percent(value: float, place: object = None) -> str:
    """The label of a tick on an axis of shares.

    >>> percent(0.25)
    '25 %'
    """
    return f"{100 * value:.4g} %"


def new_figure(width: float, height: float) -> "Figure":
    """A figure without pyplot: it has no global state and needs no display."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def save(draw: Callable[[], "Figure"], path: Path) -> Path:
    """Draws a figure in the common style and writes its PNG; returns the path."""
    import matplotlib

    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # Characters that the font lacks are drawn as boxes; no user can act on the warning.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        draw().savefig(path, dpi=130)
    return path
