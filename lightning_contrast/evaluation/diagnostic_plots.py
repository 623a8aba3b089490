"""Plots of the similarities of pairs, and of the spectrum of an embedding."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from lightning_contrast.evaluation.batches import BatchPairs
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS, named
from lightning_contrast.report.style import RIGHT, TRAIN, WRONG, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_hardness(pairs: BatchPairs) -> "Figure":
    """Histograms of the similarities of all pairs, and of the hardest pairs of each anchor."""
    figure = new_figure(10, 3.8)
    panels = {
        "all pairs": (pairs.positive, pairs.negative),
        "the hardest of each anchor": (pairs.hardest_positive, pairs.hardest_negative),
    }
    every = torch.cat([*pairs[:2], torch.tensor([-1.0, 1.0])])
    every = every[-2:] if pairs.kind in OF_UNIT_VECTORS else every
    bins = np.linspace(every.min().item(), every.max().item(), 61)
    for axes, (title, columns) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        for name, colour, column in zip(
            ("positive", "negative"), (RIGHT, WRONG), columns, strict=True
        ):
            values = column.clamp(bins[0], bins[-1]).numpy()
            weight = np.full(len(values), 1 / max(1, len(values)))
            axes.hist(values, bins, weights=weight, color=colour, alpha=0.55, label=name)
        axes.set_title(title)
        axes.set_xlabel(named(pairs.kind))
        axes.set_ylabel("share of pairs")
        axes.legend()
    return figure


def draw_spectrum(shares: np.ndarray) -> "Figure":
    """The share of variance along each principal direction, on a logarithmic scale."""
    figure = new_figure(7, 3.6)
    axes = figure.subplots()
    axes.plot(np.arange(1, len(shares) + 1), shares.clip(1e-9), color=TRAIN, linewidth=1.8)
    axes.set_yscale("log")
    axes.set_ylim(1e-9, 1.5)
    axes.set_xlabel("direction")
    axes.set_ylabel("share of variance")
    axes.grid()
    return figure
