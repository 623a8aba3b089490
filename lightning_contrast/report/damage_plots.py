"""Plots of corruptions: their effect on a row, and on the error."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lightning_contrast.corruptions.corruption import SEVERITIES, DamagedImages
from lightning_contrast.modalities.image import pixels
from lightning_contrast.report.style import INK, colours, new_figure, percent
from lightning_contrast.types import Images

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_errors(clean: float, errors: Mapping[str, Sequence[float]]) -> "Figure":
    """One line for each corruption over the severities; severity 0 is the uncorrupted rows."""
    figure = new_figure(8.5, 5)
    axes = figure.subplots()
    for i, (colour, name) in enumerate(zip(colours(len(errors)), errors, strict=True)):
        style: Any = {"color": colour, "label": name.replace("_", " "), "linewidth": 1.5}
        axes.plot((0, *SEVERITIES), (clean, *errors[name]), ("-", "--", ":")[i % 3], **style)
    axes.set_xlabel("severity (0: as it is)")
    axes.set_ylabel("error")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(percent)
    axes.grid()
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def draw_damage(images: Images, row: int, corruptions: Mapping[str, Any], seed: int) -> "Figure":
    """A row under each corruption at each severity, beside the uncorrupted row."""
    figure = new_figure(1.15 * (len(SEVERITIES) + 1) + 1, 1.2 * len(corruptions))
    grid = figure.subplots(len(corruptions), len(SEVERITIES) + 1, squeeze=False)
    for line, (name, corruption) in zip(grid, corruptions.items(), strict=True):
        seen: list[Images] = [images]
        seen += [DamagedImages(images, corruption, s, seed) for s in SEVERITIES]
        for axes, shown in zip(line, seen, strict=True):
            axes.imshow(pixels(shown, row), cmap="gray", vmin=0, vmax=255)
            axes.set(xticks=[], yticks=[])
        style = {"rotation": 0, "ha": "right", "va": "center", "color": INK, "fontsize": 9}
        line[0].set_ylabel(name.replace("_", " "), **style)
    return figure
