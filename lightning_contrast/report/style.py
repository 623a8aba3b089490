"""What all pictures of a run have in common."""

import colorsys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, RIGHT, WRONG = "#1f2933", "#7b8794", "#2b8a3e", "#d6336c"
TRAIN, VALIDATION = "#4c6ef5", "#f08c00"

_NAMED = [
    "#4c6ef5",
    "#f08c00",
    "#2b8a3e",
    "#d6336c",
    "#7048e8",
    "#0c8599",
    "#a0522d",
    "#e64980",
    "#5c940d",
    "#495057",
]


def colours(count: int) -> list[str | tuple[float, float, float]]:
    """``count`` colours that are told apart as far as that many can be.

    >>> len(set(colours(30)))
    30
    """
    if count <= len(_NAMED):
        return list(_NAMED[:count])
    # The golden ratio sets successive hues far apart; two levels of light double the choice.
    return [colorsys.hls_to_rgb(i * 0.618 % 1, 0.4 + 0.2 * (i % 2), 0.75) for i in range(count)]


def plain(name: str, limit: int = 24) -> str:
    """A class name as matplotlib shows it: no mathematics, no hidden legend entry, not too long.

    >>> plain("_$x$", limit=9)
    ' _\\\\$x\\\\$'
    """
    name = name if len(name) <= limit else name[: limit - 1] + "…"
    return (" " if name.startswith("_") else "") + name.replace("$", r"\$")


def new_figure(width: float, height: float) -> "Figure":
    """A figure of its own, without pyplot's global state and on no display."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def tidy(figure: "Figure") -> None:
    """Thin grey frames and ticks: the data is what stands out."""
    for axes in figure.axes:
        axes.tick_params(colors=MUTED, labelcolor=INK, labelsize=9)
        for spine in axes.spines.values():
            spine.set_color("#cbd2d9")


def save(figure: "Figure", path: Path) -> Path:
    """Write the PNG and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # A class name in a script that the font lacks is drawn as boxes: no news for the user.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(path, dpi=130)
    return path
