"""``scripts/wandb_workspace``: a ready W&B dashboard for the runs of this package."""

import argparse
from collections.abc import Sequence
from typing import Any

from lightning_contrast.errors import InputError, missing_extra, refuse
from lightning_contrast.loggers.weights_and_biases import logged_in

STEP = "trainer/global_step"
LINES = {
    "Training": {
        "loss": ["train/loss", "train/contrast", "train/classify"],
        "validation loss": ["validation/loss"],
        "validation accuracy": ["validation/accuracy", "validation/macro_f1"],
        "learning rate": ["health/learning_rate"],
    },
    "Health": {
        "gradient norm": [
            "health/gradient_norm",
            *(f"health/gradient_norm/{part}" for part in ("encoder", "projector", "head")),
        ],
        "embedding norm": ["health/embedding_norm", "health/embedding_norm_deviation"],
        "cosine of positives and negatives": ["health/cosine/positive", "health/cosine/negative"],
        "alignment": ["health/alignment"],
        "uniformity": ["health/uniformity"],
        "effective rank": ["health/effective_rank"],
        "temperature": ["health/temperature"],
    },
}
"""Line plots by section and title, of the figures that ``callbacks.health`` and the classifier log.
"""
FINAL = ("test/accuracy", "test/macro_f1", "test/knn_accuracy", "test/map_at_r", "test/ece")
VARIED = ("optimizer.lr", "datamodule.batch_size", "loss.temperature", "seed")
PICTURES = {
    "confusion": "report/accuracy_confusion",
    "reliability": "report/accuracy_reliability",
    "curves": "report/run_curves",
    "projection": "report/run_projection",
}


def workspace(entity: str | None, project: str, name: str) -> Any:
    """The dashboard: training, health, results over the runs, and the reports' pictures.

    Raises InputError if the package wandb-workspaces is missing.
    """
    try:
        import wandb_workspaces.reports.v2 as panels
        import wandb_workspaces.workspaces as spaces
    except ModuleNotFoundError:
        raise missing_extra("wandb-workspaces", "workspace") from None

    sections = [
        spaces.Section(
            name=section,
            is_open=True,
            panels=[panels.LinePlot(title=t, x=STEP, y=[*y]) for t, y in plots.items()],
        )
        for section, plots in LINES.items()
    ]
    columns: list[Any] = [*map(panels.Config, VARIED), *map(panels.SummaryMetric, FINAL[:2])]
    results: list[Any] = [
        *(panels.BarPlot(title=metric, metrics=[metric]) for metric in FINAL),
        panels.ParallelCoordinatesPlot(
            title="settings and results",
            columns=[panels.ParallelCoordinatesPlotColumn(metric=c) for c in columns],
        ),
    ]
    media: list[Any] = [
        panels.MediaBrowser(title=title, media_keys=[key]) for title, key in PICTURES.items()
    ]
    sections.append(spaces.Section(name="Results", is_open=True, panels=results))
    sections.append(spaces.Section(name="Report", is_open=True, panels=media))
    return spaces.Workspace(entity=entity or "", project=project, name=name, sections=sections)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line of ``wandb_workspace``."""
    parser = argparse.ArgumentParser("wandb_workspace", description=__doc__)
    parser.add_argument("--project", default="lightning_contrast")
    parser.add_argument("--entity", default=None, help="user or team; default: who is logged in")
    parser.add_argument("--name", default="contrastive runs", help="of the dashboard")
    parser.add_argument("--dry-run", action="store_true", help="print it as JSON, send nothing")
    return parser.parse_args(words)


def run(options: argparse.Namespace) -> str:
    """The text to print: the dashboard as JSON, or its address after it was saved."""
    if options.dry_run:
        board = workspace(options.entity or "me", options.project, options.name)
        return board._to_model().model_dump_json(by_alias=True, exclude_none=True, indent=1)
    if not logged_in():
        raise InputError(
            "you are not logged in to W&B: run wandb login, or set WANDB_API_KEY; "
            "--dry-run needs neither"
        )
    import wandb

    entity = options.entity or wandb.Api().default_entity
    return workspace(entity, options.project, options.name).save().url


def main(words: Sequence[str] | None = None) -> None:
    """The command; a mistake of the user ends it with one line and exit code 2."""
    try:
        print(run(arguments(words)))
    except InputError as error:
        refuse(error)


if __name__ == "__main__":
    main()
