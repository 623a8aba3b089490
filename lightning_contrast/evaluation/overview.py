"""The first part of a report: the run's figures, its curves, and what the embedding looks like."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.report.findings import Findings, Plot, Table
from lightning_contrast.report.images import draw_neighbours
from lightning_contrast.report.plots import draw_curves
from lightning_contrast.report.projection import draw_projection
from lightning_contrast.report.table import baselines_table, figures_table


def overview(
    subject: Subject,
    result: Mapping[str, Any],
    counts: Mapping[str, Any],
    metrics_csv: Path | None = None,
) -> Findings:
    """What every report begins with.

    ``result``: the flat result, as in result.json; its ``unseen/...`` lines become notes.
    ``counts``: what is said of the data;
    ``metrics_csv``: what the CSV logger wrote, if there is one.
    """
    tables = {"figures": figures_table(result)}
    if (baselines := baselines_table(result)).rows:
        tables["baselines"] = baselines._replace(caption="Beside the baselines.")
    tables["data"] = Table(("", "rows"), list(counts.items()), "Data.")
    plots: dict[str, Plot] = {}
    if metrics_csv is not None and metrics_csv.is_file():
        plots["curves"] = Plot(
            lambda: draw_curves(metrics_csv), "Loss and accuracy over the optimiser's steps."
        )
    classes, seed = subject.classes, subject.seed
    if len(subject.test.label):
        plots["projection"] = Plot(
            lambda: draw_projection(subject.test, classes, seed),
            "Test rows in two dimensions, coloured by their true class.",
        )
        images = subject.modality.images(subject.rows.raw)
        if images is not None and len(subject.train.label):
            plots["neighbours"] = Plot(
                lambda: draw_neighbours(subject.train, subject.test, images, classes, seed=seed),
                "Test rows, and the training rows nearest to each. Green: the class is right.",
            )
    figures = {name: value for name, value in result.items() if isinstance(value, int | float)}
    unseen = [line for name, line in result.items() if name.startswith("unseen/")]
    return Findings(figures, tables, plots, unseen)
