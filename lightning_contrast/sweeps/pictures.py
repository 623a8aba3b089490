"""Pictures of a sweep: curves with bands, parallel coordinates, a heat map."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.report.style import INK, colours, new_figure, plain, save
from lightning_contrast.sweeps.settings import Setting
from lightning_contrast.sweeps.table import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 12
"""Largest number of settings in ``curves.png``."""


def draw(settings: Sequence[Setting], metric: str, folder: Path) -> list[Path]:
    """Writes ``curves.png`` and, if two settings or more have a figure, ``parallel.png`` and (with
    two keys or more) ``heat_map.png``; returns the paths."""
    paths = []
    if any(metric in run.curves for setting in settings for run in setting.runs):
        paths.append(save(lambda: plot_curves(settings, metric), folder / "curves.png"))
    scored = [setting for setting in settings if metric in setting.figures]
    if len(scored) > 1 and scored[0].values:
        paths.append(save(lambda: plot_parallel(scored, metric), folder / "parallel.png"))
        if len(scored[0].values) > 1:
            paths.append(save(lambda: plot_heat_map(scored, metric), folder / "heat_map.png"))
    return paths


def plot_curves(settings: Sequence[Setting], metric: str) -> "Figure":
    """The metric over the steps: mean of each setting's runs, and a band of one sd around it.

    Only the best ``MOST`` settings are shown.
    """
    shown = [setting for setting in settings if any(metric in run.curves for run in setting.runs)]
    shown.sort(key=lambda setting: -_score(setting, metric))
    figure = new_figure(8.5, 4.6)
    axes = figure.subplots()
    for setting, colour in zip(shown[:MOST], colours(min(MOST, len(shown))), strict=False):
        steps, values = _aligned(
            [run.curves[metric] for run in setting.runs if metric in run.curves]
        )
        mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1 if len(values) > 1 else 0)
        axes.plot(
            steps, mean, "o-", color=colour, markersize=3, linewidth=1.6, label=_name(setting)
        )
        axes.fill_between(steps, mean - sd, mean + sd, color=colour, alpha=0.15, linewidth=0)
    title = metric if len(shown) <= MOST else f"{metric}, the best {MOST} of {len(shown)}"
    axes.set_title(title)
    axes.set_xlabel("step")
    axes.grid()
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def plot_parallel(settings: Sequence[Setting], metric: str) -> "Figure":
    """Parallel coordinates: an axis for each key and the metric, a line for each setting. Bright
    lines have a high metric."""
    keys = list(settings[0].values)
    scores = np.array([setting.figures[metric].mean for setting in settings])
    figure = new_figure(max(5.0, 1.9 * (len(keys) + 1)), 4.4)
    axes = figure.subplots()
    columns = [_places([setting.values[key] for setting in settings]) for key in keys]
    low, high = scores.min(), scores.max()
    height = (scores - low) / (high - low) if high > low else np.full(len(scores), 0.5)
    map_, lines = _colour_map(), np.column_stack([*(places for places, _ in columns), height])
    for number in np.argsort(scores):
        axes.plot(lines[number], color=map_(height[number]), linewidth=1.6, alpha=0.85)
    for place, (_, ticks) in enumerate(columns):
        axes.axvline(place, color="#cbd2d9", linewidth=0.8, zorder=0)
        for at, text in _apart(ticks):
            axes.text(place + 0.03, at, plain(text, 16), fontsize=8, color=INK, va="center")
    for at, value in ((0.0, low), (1.0, high)) if high > low else ((0.5, low),):
        axes.text(len(keys) + 0.03, at, f"{value:.4g}", fontsize=8, color=INK, va="center")
    axes.axvline(len(keys), color="#cbd2d9", linewidth=0.8, zorder=0)
    axes.set_xticks(range(len(keys) + 1), [plain(key, 26) for key in (*keys, metric)])
    axes.set_yticks([])
    axes.set_xlim(-0.1, len(keys) + 0.45)
    axes.spines[:].set_visible(False)
    return figure


def plot_heat_map(settings: Sequence[Setting], metric: str) -> "Figure":
    """The metric by the two keys with the largest effect; the best over all other keys."""
    keys = sorted(settings[0].values, key=lambda key: -_effect(settings, key, metric))[:2]
    rows, columns = (_in_order({setting.values[key] for setting in settings}) for key in keys)
    best = np.full((len(rows), len(columns)), np.nan)
    for setting in settings:
        i, j = rows.index(setting.values[keys[0]]), columns.index(setting.values[keys[1]])
        best[i, j] = np.nanmax([best[i, j], setting.figures[metric].mean])
    width, height = 2.4 + 0.75 * len(columns), 1.8 + 0.42 * len(rows)
    figure = new_figure(min(14.0, max(4.5, width)), min(14.0, max(3.0, height)))
    axes = figure.subplots()
    image = axes.imshow(best, cmap=_colour_map(), aspect="auto")
    figure.colorbar(image, ax=axes, label=metric)
    if best.size <= 120:
        _write_cells(axes, best)
    names = [[plain(short(value), 16) for value in values] for values in (columns, rows)]
    axes.set_xticks(range(len(columns)), names[0], rotation=45, ha="right")
    axes.set_yticks(range(len(rows)), names[1])
    axes.set_xlabel(keys[1])
    axes.set_ylabel(keys[0])
    return figure


def _write_cells(axes: "Axes", values: np.ndarray) -> None:
    middle = (np.nanmin(values) + np.nanmax(values)) / 2
    for i, j in zip(*np.nonzero(~np.isnan(values)), strict=True):
        colour = INK if values[i, j] > middle else "white"
        axes.text(j, i, f"{values[i, j]:.3f}", ha="center", va="center", fontsize=8, color=colour)


def _aligned(curves: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Curves interpolated at the steps that all runs have reached: ``(steps,)`` and the values
    ``(runs, steps)``."""
    steps = max((steps for steps, _ in curves), key=len)
    steps = steps[steps <= min(each[-1] for each, _ in curves)]
    if not len(steps):
        steps = np.array([min(each[-1] for each, _ in curves)])
    return steps, np.stack([np.interp(steps, *curve) for curve in curves])


def _places(values: Sequence[str]) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Places of values on an axis of height 1, and its ticks.

    Numbers are to scale: a logarithmic one if they span two orders of magnitude. Words are evenly
    spaced.
    """
    numbers = [_number(value) for value in values]
    if any(number is None for number in numbers):
        order = _in_order(set(values))
        step = 1 / max(1, len(order) - 1)
        places = np.array([order.index(value) * step for value in values])
        return places, [(number * step, word) for number, word in enumerate(order)]
    found = np.array(numbers, dtype=float)
    log = found.min() > 0 and found.max() / found.min() >= 100
    scale = np.log(found) if log else found
    spread = float(np.ptp(scale))
    places = (scale - scale.min()) / spread if spread else np.full(len(found), 0.5)
    ticks = {float(place): f"{value:.3g}" for place, value in zip(places, found, strict=True)}
    return places, list(ticks.items())


def _apart(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """The ticks whose texts do not overlap: both ends, and those far enough from the others."""
    first, *between, last = sorted(ticks) if len(ticks) > 1 else [*ticks, *ticks]
    shown = [first]
    for tick in between:
        if min(tick[0] - shown[-1][0], last[0] - tick[0]) > 0.05:
            shown.append(tick)
    return shown if last == first else [*shown, last]


def _in_order(values: set[str]) -> list[str]:
    """Numbers in ascending order, then words in alphabetical order."""
    return sorted(values, key=lambda v: (_number(v) is None, _number(v) or 0.0, v))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _effect(settings: Sequence[Setting], key: str, metric: str) -> float:
    """Range of the means over a key's values; -1 if no two settings share a value."""
    by: dict[str, list[float]] = {}
    for setting in settings:
        by.setdefault(setting.values[key], []).append(setting.figures[metric].mean)
    alone = len(by) == len(settings) > 12
    return -1.0 if alone else float(np.ptp([np.mean(each) for each in by.values()]))


def _score(setting: Setting, metric: str) -> float:
    return setting.figures[metric].mean if metric in setting.figures else float("-inf")


def _name(setting: Setting) -> str:
    words = [f"{key.rpartition('.')[2]} {short(value)}" for key, value in setting.values.items()]
    return plain(", ".join(words) or "runs", 44)


def _colour_map() -> Any:
    import matplotlib

    return matplotlib.colormaps["viridis"]
