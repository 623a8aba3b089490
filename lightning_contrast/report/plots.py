"""Plots of every run: curves, confusion matrix, similarity of classes."""

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
    percent,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ON, MEASURED = "validation/", ("accuracy", "recall_at_1")
NAMED = 25  # with more classes, the cells of a matrix hold no numbers


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
    """Loss of training and validation over the steps, and beside it what validation measures:
    accuracy, else recall@1, else the first figure that is logged."""
    curves = read_curves(metrics_csv)
    figure = new_figure(10, 3.8)
    measured = [name[len(ON) :] for name in curves if name.startswith(ON) and name != ON + "loss"]
    first = [name for name in MEASURED if name in measured] + measured
    shown = ["loss", *first[:1]]
    for axes, metric in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown, strict=True):
        for split, colour in (("train", TRAIN), ("validation", VALIDATION)):
            if f"{split}/{metric}" in curves:
                _curve(axes, *curves[f"{split}/{metric}"], colour, split)
        axes.set_title(metric.replace("_at_", "@"))
        axes.set_xlabel("step")
        axes.grid()
        if axes.lines:
            axes.legend()
        else:
            place = {"ha": "center", "transform": axes.transAxes}
            axes.text(0.5, 0.5, "nothing logged", color=MUTED, **place)
        values = [value for line in axes.lines for value in line.get_ydata()]
        if metric != "loss" and all(0 <= value <= 1 for value in values):
            axes.yaxis.set_major_formatter(percent)
    return figure


def _curve(axes: "Axes", steps: np.ndarray, values: np.ndarray, colour: str, name: str) -> None:
    """Draws a curve of few points as it is, and a longer one pale with its running mean."""
    if len(steps) <= 100:
        axes.plot(steps, values, "o-", color=colour, markersize=3.5, label=name)
        return
    width = len(steps) // 40
    mean = np.convolve(values, np.ones(width) / width, mode="valid")
    axes.plot(steps, values, color=colour, alpha=0.25)
    axes.plot(steps[width - 1 :], mean, color=colour, linewidth=1.8, label=name)


def draw_confusion(matrix: np.ndarray, classes: tuple[str, ...]) -> "Figure":
    """Rows of a true class by predicted class: colour is the share of the class, text the count.

    ``matrix``: counts ``(true, predicted)``.
    """
    share = matrix / matrix.sum(axis=1, keepdims=True).clip(min=1)
    figure, axes = _matrix(share, classes, "Blues", 0, percent)
    if len(classes) <= NAMED:
        for i, j in zip(*matrix.nonzero(), strict=True):
            colour = "white" if share[i, j] > 0.5 else INK if i == j else WRONG
            axes.text(j, i, str(matrix[i, j]), ha="center", va="center", color=colour, fontsize=9)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    return figure


def draw_similarity(matrix: np.ndarray, classes: tuple[str, ...]) -> "Figure":
    """A symmetric matrix of cosines, class by class; NaN is left blank."""
    figure, axes = _matrix(matrix, classes, "RdBu_r", -1)
    if len(classes) <= NAMED:
        for i, j in zip(*(~np.isnan(matrix)).nonzero(), strict=True):
            value = matrix[i, j]
            colour = "white" if abs(value) > 0.6 else INK
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", color=colour, size=8)
    return figure


def _matrix(
    values: np.ndarray, classes: tuple[str, ...], colours: str, least: float, label: object = None
) -> tuple["Figure", "Axes"]:
    """Values up to 1 as coloured cells, with at most forty class names on both axes."""
    side = min(14.0, max(4.2, 1.8 + 0.55 * len(classes)))
    figure = new_figure(side + 0.6, side)
    axes = figure.subplots()
    image = axes.imshow(values, cmap=colours, vmin=least, vmax=1)
    figure.colorbar(image, ax=axes, shrink=0.7, format=label)
    ticks = np.arange(0, len(classes), max(1, math.ceil(len(classes) / 40)))
    names = [plain(classes[i], 18) for i in ticks]
    axes.set_xticks(ticks, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, names)
    return figure, axes
