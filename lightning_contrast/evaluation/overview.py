"""The first part of a report: the run's figures, its curves, and plots of the embedding."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.report.findings import Cell, Findings, Plot, ReportTable
from lightning_contrast.report.images import draw_neighbours
from lightning_contrast.report.plots import draw_curves
from lightning_contrast.report.projection import draw_projection
from lightning_contrast.report.table import baselines_table, figures_table
from lightning_contrast.rows.conflicts import Conflict
from lightning_contrast.rows.label_sets import NONE, rarest

LATER = (
    " Validation is by the head as it learnt beside the encoder; the figures are those of the head "
    "that was fitted to all training rows at the end."
)


def overview(
    subject: Subject,
    result: Mapping[str, Any],
    counts: Mapping[str, Any],
    metrics_csv: Path | None = None,
) -> Findings:
    """The first section of every report.

    ``result``: the flat result, as in result.json; its ``unseen/...`` lines become notes.
    ``counts``: the counts of the data. ``metrics_csv``: the file of the CSV logger, if there is
    one.
    """
    tables = {"figures": figures_table(result)}
    if (baselines := baselines_table(result)).rows:
        tables["baselines"] = baselines._replace(caption="Beside the baselines.")
    tables["data"] = ReportTable(("", "rows"), list(counts.items()), "Data.")
    assert subject.datamodule.splits is not None
    if conflicts := subject.datamodule.splits.conflicts:
        tables["conflicting_labels"] = conflicts_table(subject, conflicts)
    plots: dict[str, Plot] = {}
    if metrics_csv is not None and metrics_csv.is_file():
        fitted = LATER if subject.network.head.refit else ""
        plots["curves"] = Plot(
            lambda: draw_curves(metrics_csv), f"The run, over the optimiser's steps.{fitted}"
        )
    classes, seed = subject.rows.classes, subject.seed
    tested = len(subject.all_test.label) > 0
    side, said = (subject.all_test, "Test") if tested else (subject.all_validation, "Validation")
    if not classes and len(side.label):
        rows = side._replace(label=torch.zeros_like(side.label))
        plots["projection"] = Plot(
            lambda: draw_projection(rows, (f"{said.lower()} rows",), seed, judged=False),
            f"{said} rows in two dimensions.",
        )
    if len(subject.test.label):
        shown, names, what = subject.test, classes, "true class"
        judged = subject.network.head.answer.one_class
        if (sets := subject.rows.sets) is not None:
            kind = torch.from_numpy(rarest(subject.rows.label, sets))[shown.index]
            shown, names, what = shown._replace(label=kind), (*sets.names, NONE), "rarest label"
        plots["projection"] = Plot(
            lambda: draw_projection(shown, names, seed, judged=judged),
            f"Test rows in two dimensions, coloured by their {what}.",
        )
        images = subject.modality.images(subject.rows.raw)
        if judged and images is not None and len(subject.train.label):
            plots["neighbours"] = Plot(
                lambda: draw_neighbours(subject.train, subject.test, images, classes, seed=seed),
                "Test rows, and the training rows nearest to each. Green: the class is right.",
            )
    figures = {name: value for name, value in result.items() if isinstance(value, int | float)}
    unseen = [line for name, line in result.items() if name.startswith("unseen/")]
    return Findings(figures, tables, plots, unseen, main=1 + ("baselines" in tables))


def conflicts_table(subject: Subject, conflicts: Sequence[Conflict]) -> ReportTable:
    """Both rows of each conflict, with their texts or pictures and their labels."""
    raw, label, modality = subject.rows.raw, subject.rows.label, subject.modality

    def cells(row: int) -> tuple[Cell, ...]:
        name = subject.rows.classes[label[row]] if label[row] >= 0 else None
        return str(row + 1), modality.show(raw, row, limit=2000), name

    pairs = {(min(row, other), max(row, other)): near for row, other, near in conflicts}
    return ReportTable(
        ("row", modality.name, "label", "other row", f"its {modality.name}", "its label", "alike"),
        [
            (*cells(row), *cells(other), "nearly" if near else "exactly")
            for (row, other), near in sorted(pairs.items())
        ],
        "Rows that show the same, or nearly the same, under different labels.",
    )
