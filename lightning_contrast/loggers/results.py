"""Logs the results at the end of a run: the summary, and the report's tables and pictures."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.loggers.staging import staged_in
from lightning_contrast.loggers.tensorboard import log_to_tensorboard
from lightning_contrast.modalities.modality import Picture
from lightning_contrast.report.findings import Cell, ReportTable
from lightning_contrast.report.report import Section


def log_results(
    loggers: Sequence[Any],
    figures: Mapping[str, Any],
    sections: Mapping[str, Section],
    pictures: Mapping[str, Path] | None = None,
) -> None:
    """Logs the figures and the report to every W&B and TensorBoard logger.

    ``figures`` become the run's summary; ``pictures`` (PNGs by name, as ``write_report`` returns
    them) go under ``report/``, the tables with their thumbnails under ``tables/``.
    """
    for logger in loggers:
        if type(logger).__name__ == "WandbLogger":
            with staged_in(logger):
                _log(logger.experiment, figures, sections, pictures or {})
        elif type(logger).__name__ == "TensorBoardLogger":
            log_to_tensorboard(logger.experiment, figures, sections, pictures or {})


def _log(
    run: Any,
    figures: Mapping[str, Any],
    sections: Mapping[str, Section],
    pictures: Mapping[str, Path],
) -> None:
    import wandb

    media: dict[str, Any] = {
        f"report/{name}": wandb.Image(str(path)) for name, path in pictures.items()
    }
    for key, section in sections.items():
        for name, table in section.findings.tables.items():
            if table.rows:
                media[f"tables/{key}_{name}"] = _table(table)
    run.log(media)
    run.summary.update(dict(figures))


def _table(table: ReportTable) -> Any:
    """A W&B table; each column holds numbers, pictures or texts."""
    import wandb

    columns = list(zip(*table.rows, strict=True))
    made = wandb.Table(columns=[name or "name" for name in table.columns])
    plain = [all(c is None or isinstance(c, int | float | Picture) for c in col) for col in columns]
    for row in table.rows:
        made.add_data(*(_value(c) if p else str(c) for c, p in zip(row, plain, strict=True)))
    return made


def _value(cell: Cell) -> Any:
    import wandb
    from PIL import Image

    if not isinstance(cell, Picture):
        return float(cell) if isinstance(cell, float) else cell
    return wandb.Image(Image.open(io.BytesIO(base64.b64decode(cell.address.partition(",")[2]))))
