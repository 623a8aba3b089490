"""The scalars of a run that goes on: one curve, one W&B run."""

import csv
import secrets
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.runtime.distributed import is_first_process

RUN_ID = "wandb_run_id"
PATIENCE = 30.0  # seconds for W&B's server to answer at the start
LEAVE = 600.0  # seconds for what is left to be sent at the end; `wandb sync` sends the rest


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


def go_on(loggers: Sequence[Any], earlier: Sequence[dict[str, Any]], directory: Path) -> None:
    """Hands the CSV logger the scalars of before, and W&B the id of the run that it belongs to.

    The id is kept in ``directory``. A W&B server that can't be reached costs a warning: the run is
    written to the disk, and ``wandb sync`` sends it later.
    """
    if not is_first_process():
        return
    for logger in loggers:
        kind = type(logger).__name__
        if kind == "CSVLogger" and earlier:
            logger.experiment.metrics = list(earlier)
            logger.save()
        elif kind == "WandbLogger":
            _same_run(logger, directory / RUN_ID)
            _open_or_offline(logger)


def _same_run(logger: Any, kept: Path) -> None:
    if not kept.exists():
        write_text(kept, secrets.token_hex(4))
    logger._wandb_init |= {"id": kept.read_text(), "resume": "allow"}


def _open_or_offline(logger: Any) -> None:
    import wandb

    settings = logger._wandb_init["settings"]
    settings.init_timeout = min(settings.init_timeout, PATIENCE)
    settings.finish_timeout = settings.finish_timeout or LEAVE  # W&B's own: for ever
    try:
        _ = logger.experiment
    except (wandb.errors.Error, OSError) as error:
        reason = " ".join(str(error).split())
        warnings.warn(
            f"W&B can't be reached ({reason}): the run is written to {logger.save_dir}/wandb, and "
            "`wandb sync` sends it later",
            stacklevel=2,
        )
        wandb.teardown()  # the run that failed keeps its id in use
        logger._wandb_init["mode"] = "offline"
        logger._offline = True
        _ = logger.experiment
