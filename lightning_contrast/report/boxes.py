"""Draws boxes on images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lightning_contrast.metrics.coco import Marked
from lightning_contrast.modalities.image import pixels
from lightning_contrast.report.style import new_figure, plain
from lightning_contrast.types import Images

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 4


def draw_boxes(
    images: Images, rows: np.ndarray, gold: Marked, found: Marked, classes: Sequence[str]
) -> "Figure":
    """Images ``rows`` with their true boxes, dashed, and those that were found, with class and
    probability; the colour is that of the class."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    colours = colormaps["tab10" if len(classes) <= 10 else "tab20"]
    down = max(1, -(-len(rows) // ACROSS))
    figure = new_figure(2.9 * ACROSS, 3.0 * down)
    grid = figure.subplots(down, ACROSS, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, row in zip(grid, rows.tolist(), strict=False):
        image = pixels(images, row)
        high, wide = image.shape[:2]
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        axes.set_title(f"row {row}", fontsize=8)
        for boxes, style in ((gold, "--"), (found, "-")):
            for at in np.flatnonzero(boxes.row == row)[::-1].tolist():  # the surest on top
                left, top, right, bottom = boxes.box[at] * (wide, high, wide, high)
                label = int(boxes.label[at])
                colour = colours(label % colours.N)
                corner, sides = (left - 0.5, top - 0.5), (right - left, bottom - top)
                axes.add_patch(Rectangle(corner, *sides, fill=False, ec=colour, ls=style, lw=1.4))
                if style == "-":
                    name = f"{plain(classes[label], 12)} {boxes.chance[at]:.2f}"
                    box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8, "alpha": 0.8}
                    axes.text(left, top, name, fontsize=6, color="white", va="bottom", bbox=box)
    return figure
