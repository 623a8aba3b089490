"""The reliability diagram: is a row that is held for 90 % sure right in 90 % of cases?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from lightning_contrast.report.style import INK, MUTED, TRAIN, WRONG, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 15


def reliability(probabilities: torch.Tensor, label: torch.Tensor) -> np.ndarray:
    """Rows, mean confidence and accuracy in each of ``BINS`` bins of confidence, ``(3, BINS)``.

    NaN in bins without a row. Shapes: ``probabilities (N, classes)``, ``label (N,)``.

    >>> reliability(torch.tensor([[0.9, 0.1]]), torch.tensor([0]))[:, 13].tolist()
    [1.0, 0.9, 1.0]
    """
    confidence, predicted = probabilities.max(dim=1)
    edges = torch.linspace(0, 1, BINS + 1)[1:-1]
    place = torch.bucketize(confidence, edges).numpy()
    rows = np.bincount(place, minlength=BINS).astype(float)
    with np.errstate(invalid="ignore"):
        means = [
            np.bincount(place, weights=column.double().numpy(), minlength=BINS) / rows
            for column in (confidence, predicted == label)
        ]
    return np.stack([rows, *means]).round(6)


def draw_reliability(panels: Mapping[str, np.ndarray]) -> "Figure":
    """One panel for each entry of ``panels`` (``reliability`` by title), side by side."""
    figure = new_figure(4.6 * len(panels), 4.6)
    left = (np.arange(BINS) + 0.5) / BINS
    for axes, (title, (rows, confidence, accuracy)) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        axes.bar(left, rows / max(1, rows.sum()), 1 / BINS, color="#dde3ea", label="share of rows")
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        known = rows > 0
        axes.vlines(confidence[known], confidence[known], accuracy[known], color=WRONG, linewidth=2)
        axes.plot(
            confidence[known], accuracy[known], "o-", color=TRAIN, markersize=5, label="accuracy"
        )
        axes.set_title(title, color=INK, fontsize=11, loc="left")
        axes.set_xlabel("confidence", color=MUTED)
        axes.set(xlim=(0, 1.01), ylim=(0, 1.02))
        axes.legend(frameon=False, fontsize=9, loc="upper left")
    tidy(figure)
    return figure
