"""`report.html`: what a run did, on one page with its pictures in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from lightning_contrast.evaluation.images import data_address, plot_neighbours, thumbnail
from lightning_contrast.evaluation.mistakes import worst_mistakes
from lightning_contrast.evaluation.page import PAGE
from lightning_contrast.evaluation.plots import plot_confusion, plot_curves
from lightning_contrast.evaluation.projection import plot_projection
from lightning_contrast.evaluation.table import (
    COMPARED,
    METRICS,
    Figures,
    Line,
    baseline_lines,
    metric_lines,
)
from lightning_contrast.types import Embedded, Images, Labelled

_CAPTIONS = {
    "curves": ("Training", "Loss and accuracy over the optimiser's steps."),
    "confusion": ("Confusion matrix", "Counts on test; the colour is the share of the true class."),
    "projection": ("Projection", "Test rows in two dimensions, coloured by their true class."),
    "neighbours": ("Nearest neighbours", "Green: the class is right. Red: it is not."),
}
_TILES = ("accuracy", "macro_f1", "knn_accuracy", "map_at_r", "ece")


def draw(
    folder: Path,
    train: Embedded,
    test: Embedded,
    rows: Labelled,
    modality: str,
    metrics_csv: Path | None = None,
    seed: int = 0,
) -> dict[str, Path]:
    """The run's PNGs under ``folder``, by name: curves, confusion, projection, neighbours."""
    paths = {name: folder / f"{name}.png" for name in _CAPTIONS}
    drawn = {}
    if metrics_csv is not None and metrics_csv.is_file():
        drawn["curves"] = plot_curves(metrics_csv, paths["curves"])
    if bool((test.label >= 0).any()):
        drawn["confusion"] = plot_confusion(test, rows.classes, paths["confusion"])
        drawn["projection"] = plot_projection(test, rows.classes, paths["projection"], seed)
        if modality == "image" and bool((train.label >= 0).any()):
            drawn["neighbours"] = plot_neighbours(
                train,
                test,
                cast(Images, rows.raw),
                rows.classes,
                paths["neighbours"],
                seed=seed,
            )
    return drawn


def show_row(rows: Labelled, index: int, modality: str, limit: int = 280) -> str:
    """A row as the page shows it: the start of a text, or a thumbnail as a ``data:`` address."""
    if modality == "image":
        return thumbnail(cast(Images, rows.raw), index)
    text = " ".join(cast(Sequence[str], rows.raw)[index].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def write_report(
    path: Path,
    name: str,
    figures: Figures,
    config: str,
    train: Embedded,
    test: Embedded,
    rows: Labelled,
    modality: str,
    metrics_csv: Path | None = None,
    counts: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> dict[str, Path]:
    """Write ``path`` (report.html) and ``plots/*.png`` beside it; returns the PNGs by name.

    ``figures``: the flat result, as in result.json; ``config``: the resolved config as YAML text;
    ``metrics_csv``: what the CSV logger wrote, if there is one; ``counts``: what else is said of
    the data and the run (rows a split, duplicates, seconds).
    """
    from jinja2 import Environment

    drawn = draw(path.parent / "plots", train, test, rows, modality, metrics_csv, seed)
    metrics = metric_lines(figures)
    page = Environment(autoescape=True).from_string(PAGE)
    text = page.render(
        name=name,
        note=f"{len(rows.classes)} classes, {len(test.label):,} test rows.",
        tiles=[line for line in metrics if line.name in {METRICS[key] for key in _TILES}],
        metrics=metrics,
        baselines=baseline_lines(figures),
        compared=("", *(f"{split} {METRICS[metric]}" for split, metric in COMPARED)),
        pictures=[(*_CAPTIONS[key], data_address(png.read_bytes())) for key, png in drawn.items()],
        mistakes=[
            (show_row(rows, mistake.row, modality), mistake)
            for mistake in worst_mistakes(test, rows.classes)
        ],
        counts=[
            Line(key, (f"{value:,}" if isinstance(value, int) else str(value),))
            for key, value in {**rows.counts, **(counts or {})}.items()
        ],
        config=config,
    )
    path.write_text(text, encoding="utf-8")
    return drawn
