"""A run that goes on: one curve in ``metrics.csv``, one W&B run."""

import csv
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.runtime.first_process import is_first_process

RUN_ID = "wandb_run_id"


def kept_run_id(directory: Path) -> str:
    """The id of the W&B run that belongs to a run's directory, made and kept there the first time.

    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> kept_run_id(folder) == kept_run_id(folder)
    True
    """
    kept = directory / RUN_ID
    if is_first_process() and not kept.exists():
        write_text(kept, secrets.token_hex(4))
    return kept.read_text() if kept.exists() else ""


def logged_before(directory: Path, step: int) -> list[dict[str, Any]]:
    """The rows of the run's ``metrics.csv`` from before a step, broken ones left out.

    To be called before the loggers are built: Lightning's begins with an empty file.

    >>> logged_before(Path("nowhere"), 0)
    []
    """
    path = directory / "logs" / "metrics.csv"
    if not step or not path.exists():
        return []
    whole = path.read_text().rpartition("\n")[0]
    rows = [{k: v for k, v in row.items() if v} for row in csv.DictReader(whole.splitlines())]
    return [row for row in rows if row.get("step", "").isdigit() and int(row["step"]) < step]


def go_on(loggers: Sequence[Any], earlier: Sequence[dict[str, Any]]) -> None:
    """Hands the CSV logger the scalars of before."""
    for logger in loggers if earlier and is_first_process() else ():
        if type(logger).__name__ == "CSVLogger":
            logger.experiment.metrics = list(earlier)
            logger.save()
