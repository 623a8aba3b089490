"""What a W&B run gets at the end: summary, confusion matrix, worst mistakes, pictures."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from lightning_contrast.evaluation.images import picture
from lightning_contrast.evaluation.mistakes import worst_mistakes
from lightning_contrast.evaluation.report import show_row
from lightning_contrast.evaluation.summary import labelled
from lightning_contrast.evaluation.table import Figures
from lightning_contrast.types import Embedded, Images, Labelled

DATA_DIR = "WANDB_DATA_DIR"


def log_results(
    loggers: Sequence[Any],
    figures: Figures,
    test: Embedded,
    rows: Labelled,
    modality: str,
    pictures: Mapping[str, Path] | None = None,
) -> None:
    """Give every W&B logger among ``loggers`` the figures and what explains them.

    ``figures`` (flat, as in result.json) become the run's summary; ``test/confusion`` is a
    confusion matrix; ``test/mistakes`` a table of the worst mistakes, with thumbnails where rows
    are images; ``pictures`` (PNGs by name, as `write_report` returns them) go under ``report/``.
    """
    for logger in loggers:
        if type(logger).__name__ == "WandbLogger":
            with _staged_in(Path(logger.save_dir) / "wandb"):
                _log(logger.experiment, figures, test, rows, modality, pictures or {})


@contextmanager
def _staged_in(folder: Path) -> Iterator[None]:
    """Keep the thumbnails of a table, which wait for a later ``wandb sync``, with their run.

    W&B would leave them in the user's home, where nobody deletes them with the run.
    """
    if DATA_DIR in os.environ:
        yield
        return
    os.environ[DATA_DIR] = str(folder.absolute())
    try:
        yield
    finally:
        del os.environ[DATA_DIR]


def _log(
    run: Any,
    figures: Figures,
    test: Embedded,
    rows: Labelled,
    modality: str,
    pictures: Mapping[str, Path],
) -> None:
    import wandb

    known = labelled(test)
    media: dict[str, Any] = {
        f"report/{name}": wandb.Image(str(path)) for name, path in pictures.items()
    }
    if len(known.label):
        media["test/confusion"] = wandb.plot.confusion_matrix(
            y_true=known.label.tolist(),
            preds=known.logits.argmax(dim=1).tolist(),
            class_names=list(rows.classes),
        )
    table = wandb.Table(columns=["row", modality, "true", "predicted", "confidence"])
    for mistake in worst_mistakes(test, rows.classes):
        shown: Any
        if modality == "image":
            shown = wandb.Image(picture(cast(Images, rows.raw), mistake.row))
        else:
            shown = show_row(rows, mistake.row, modality)
        table.add_data(mistake.row, shown, *mistake[1:])
    media["test/mistakes"] = table
    run.log(media)
    run.summary.update(dict(figures))
