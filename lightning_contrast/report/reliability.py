"""The reliability diagram: whether 90 % of the rows with a confidence of 90 % are right."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.report.style import MUTED, TRAIN, WRONG, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 15


def draw_reliability(panels: Mapping[str, Judged]) -> "Figure":
    """Accuracy of the rows in each of ``BINS`` bins of confidence, in panels side by side.

    ``panels``: by title the predictions for ``N > 0`` rows.
    """
    from sklearn.calibration import calibration_curve

    figure = new_figure(4.6 * len(panels), 4.6)
    grid = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, judged) in zip(grid, panels.items(), strict=True):
        confidence = judged.confidence.numpy().clip(0, 1)  # rounding can leave it a little above 1
        accuracy, mean = calibration_curve(judged.right.numpy(), confidence, n_bins=BINS)
        share, bins = np.full(len(confidence), 1 / len(confidence)), np.linspace(0, 1, BINS + 1)
        axes.hist(confidence, bins, weights=share, color="#dde3ea", label="share of rows")
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        axes.vlines(mean, mean, accuracy, color=WRONG, linewidth=2)
        axes.plot(mean, accuracy, "o-", color=TRAIN, linewidth=1.5, markersize=5, label="accuracy")
        axes.set_title(title)
        axes.set_xlabel("confidence")
        axes.set(xlim=(0, 1.01), ylim=(0, 1.02))
        axes.legend(loc="upper left")
    return figure
