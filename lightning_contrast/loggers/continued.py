"""Makes a resumed run log on: into the same ``metrics.csv`` and the same W&B run."""

import csv
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.runtime.first_process import is_first_process

RUN_ID = "wandb_run_id"


def kept_run_id(directory: Path) -> str:
    """The id of the W&B run of a directory: made at the first call, and kept in a file there.

    Raises ``InputError`` if the file holds something else.

    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> kept_run_id(folder) == kept_run_id(folder)
    True
    """
    kept = directory / RUN_ID
    if is_first_process() and not kept.exists():
        write_text(kept, secrets.token_hex(4))
    if not kept.exists():
        return ""
    found = kept.read_bytes().decode(errors="replace").strip()
    if not re.fullmatch(r"[\w-]{1,64}", found, re.ASCII):
        raise InputError(
            f"{kept} holds no id of a W&B run: delete it, and the run is logged as a new one"
        )
    return found


def logged_before(directory: Path, step: int) -> list[dict[str, Any]]:
    """The rows of the run's ``metrics.csv`` before a step, without broken ones.

    Call it before the loggers are built: Lightning's CSV logger empties the file.

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
    """Gives the CSV logger the rows that were logged before the run was resumed."""
    for logger in loggers if earlier and is_first_process() else ():
        if type(logger).__name__ == "CSVLogger":
            logger.experiment.metrics = list(earlier)
            logger.save()
