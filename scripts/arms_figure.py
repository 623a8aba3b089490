"""The figure of an experiment's arms."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lightning_contrast.sweeps.settings import Averaged

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(metric: str, found: Mapping[str, Mapping[str, Averaged]]) -> "Figure":
    """Mean of each arm that has the metric, and a line of one standard deviation to both sides."""
    from lightning_contrast.report.style import INK, new_figure

    found = {arm: figures for arm, figures in found.items() if metric in figures}
    figure = new_figure(7.0, 0.8 + 0.34 * len(found))
    axes = figure.subplots()
    shown = [figures[metric] for figures in found.values()]
    place = range(len(found), 0, -1)
    means = [100 * figure.mean for figure in shown]
    sd = [100 * (figure.sd or 0) for figure in shown]
    axes.errorbar(means, place, xerr=sd, fmt="o", color=INK, markersize=5, capsize=3)
    axes.set_yticks(list(place), list(found))
    axes.set_xlabel(f"{metric}, %, mean ± sd")
    axes.grid(axis="x")
    return figure
