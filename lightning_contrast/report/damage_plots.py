"""Pictures of corruptions: what they do to a row, and to the errors."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lightning_contrast.corruptions.corruption import SEVERITIES, DamagedImages
from lightning_contrast.modalities.image import pixels
from lightning_contrast.report.style import INK, MUTED, colours, new_figure, tidy
from lightning_contrast.types import Images

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_errors(clean: float, errors: Mapping[str, Sequence[float]]) -> "Figure":
    """One line a corruption over the severities; 0 is the error of the rows as they are."""
    figure = new_figure(8.5, 5)
    axes = figure.subplots()
    steps = (0, *SEVERITIES)
    for i, (colour, (name, of)) in enumerate(
        zip(colours(len(errors)), errors.items(), strict=True)
    ):
        style = ("-", "--", ":")[i % 3]
        axes.plot(steps, (clean, *of), style, color=colour, label=name.replace("_", " "))
    axes.set_xlabel("severity (0: as it is)", color=MUTED)
    axes.set_ylabel("error", color=MUTED)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    axes.grid(color="#e4e7eb", linewidth=0.8)
    axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    tidy(figure)
    return figure


def draw_damage(images: Images, row: int, corruptions: Mapping[str, Any], seed: int) -> "Figure":
    """A row under each corruption at each severity, beside the row as it is."""
    figure = new_figure(1.15 * (len(SEVERITIES) + 1) + 1, 1.2 * len(corruptions))
    grid = figure.subplots(len(corruptions), len(SEVERITIES) + 1, squeeze=False)
    for line, (name, corruption) in zip(grid, corruptions.items(), strict=True):
        seen: list[Images] = [images]
        seen += [DamagedImages(images, corruption, s, seed) for s in SEVERITIES]
        for axes, shown in zip(line, seen, strict=True):
            axes.imshow(pixels(shown, row), cmap="gray", vmin=0, vmax=255)
            axes.set_xticks([])
            axes.set_yticks([])
        line[0].set_ylabel(
            name.replace("_", " "), rotation=0, ha="right", va="center", color=INK, fontsize=9
        )
    tidy(figure)
    return figure
