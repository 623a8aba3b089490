"""The pictures that every run leaves: loss curves and confusion matrix."""

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lightning_contrast.report.style import (
    INK,
    MUTED,
    TRAIN,
    VALIDATION,
    WRONG,
    new_figure,
    plain,
    tidy,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def read_curves(metrics_csv: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """``{column: (steps, values)}`` of a ``metrics.csv`` that Lightning's CSVLogger wrote.

    Cells that are empty or not finite are left out, and so are columns without any value.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    with open(metrics_csv, newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            for name, cell in line.items():
                if cell and name not in ("step", "epoch") and math.isfinite(float(cell)):
                    points.setdefault(name, []).append((float(line["step"]), float(cell)))
    return {name: tuple(np.array(pairs).T) for name, pairs in points.items()}


def draw_curves(metrics_csv: Path) -> "Figure":
    """Loss of training and validation, and the accuracy on validation, over the steps."""
    curves = read_curves(metrics_csv)
    figure = new_figure(10, 3.8)
    loss, rate = figure.subplots(1, 2)
    for axes, metric in ((loss, "loss"), (rate, "accuracy")):
        for split, colour in (("train", TRAIN), ("validation", VALIDATION)):
            steps, values = curves.get(f"{split}/{metric}", (np.empty(0), np.empty(0)))
            if not len(steps):
                continue
            many = len(steps) > 100
            axes.plot(
                steps,
                values,
                "-" if many else "o-",
                color=colour,
                markersize=3.5,
                linewidth=1.6,
                alpha=0.25 if many else 1,
                label=None if many else split,
            )
            if many:  # a running mean says where a noisy curve goes
                width = len(steps) // 40
                mean = np.convolve(values, np.ones(width) / width, mode="valid")
                axes.plot(steps[width - 1 :], mean, color=colour, linewidth=1.8, label=split)
        axes.set_title(metric, color=INK, fontsize=11, loc="left")
        axes.set_xlabel("step", color=MUTED)
        axes.grid(color="#e4e7eb", linewidth=0.8)
        if axes.lines:
            axes.legend(frameon=False, fontsize=9)
        else:
            axes.text(
                0.5, 0.5, "nothing logged", color=MUTED, ha="center", transform=axes.transAxes
            )
    rate.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    tidy(figure)
    return figure


def draw_confusion(matrix: np.ndarray, classes: tuple[str, ...]) -> "Figure":
    """Rows of a true class by predicted class: colour is the share of the class, text the count.

    ``matrix``: counts ``(true, predicted)``.
    """
    count = len(classes)
    share = matrix / matrix.sum(axis=1, keepdims=True).clip(min=1)
    side = min(14.0, max(4.2, 1.8 + 0.55 * count))
    figure = new_figure(side + 0.6, side)
    axes = figure.subplots()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, shrink=0.7, format=lambda value, _: f"{100 * value:.0f} %")
    if count <= 25:
        for i, j in zip(*matrix.nonzero(), strict=True):
            colour = "white" if share[i, j] > 0.5 else INK if i == j else WRONG
            axes.text(j, i, str(matrix[i, j]), ha="center", va="center", color=colour, fontsize=9)
    _name_axes(axes, classes)
    axes.set_xlabel("predicted", color=MUTED)
    axes.set_ylabel("true", color=MUTED)
    tidy(figure)
    return figure


def draw_similarity(matrix: np.ndarray, classes: tuple[str, ...]) -> "Figure":
    """A symmetric matrix of cosines, class by class."""
    count = len(classes)
    side = min(14.0, max(4.2, 1.8 + 0.55 * count))
    figure = new_figure(side + 0.6, side)
    axes = figure.subplots()
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1)
    figure.colorbar(image, ax=axes, shrink=0.7)
    if count <= 25:
        for i, j in np.ndindex(matrix.shape):
            colour = "white" if abs(matrix[i, j]) > 0.6 else INK
            axes.text(j, i, f"{matrix[i, j]:.2f}", ha="center", va="center", color=colour, size=8)
    _name_axes(axes, classes)
    tidy(figure)
    return figure


def _name_axes(axes: "Axes", classes: tuple[str, ...]) -> None:
    """Class names along both axes, at most forty of them."""
    ticks = np.arange(0, len(classes), max(1, math.ceil(len(classes) / 40)))
    names = [plain(classes[i], 18) for i in ticks]
    axes.set_xticks(ticks, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, names)
