"""Begins a W&B run: online if the user is logged in, else offline, on the disk."""

import netrc
import os
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from lightning_contrast.errors import InputError
from lightning_contrast.runtime.first_process import is_first_process

if TYPE_CHECKING:
    from pytorch_lightning.loggers import WandbLogger

Mode = Literal["auto", "online", "offline", "disabled"]
PATIENCE = 30.0  # seconds for W&B's server to answer at the start
LEAVE = 600.0  # seconds to send the remaining records at the end; `wandb sync` sends the rest
STEP = "trainer/global_step"


def logged_in() -> bool:
    """Whether W&B finds an API key: in ``WANDB_API_KEY``, or in the netrc of ``wandb login``."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).netloc
    home = Path.home()
    for path in (os.environ.get("NETRC"), home / ".netrc", home / "_netrc"):
        with suppress(OSError, netrc.NetrcParseError):
            if path and netrc.netrc(path).authenticators(host):
                return True
    return False


def wandb_mode(mode: Mode) -> str:
    """``mode``; ``auto`` becomes ``WANDB_MODE``, or online if the user is logged in, else offline.

    Raises InputError for another word.

    >>> wandb_mode("offline")
    'offline'
    """
    if mode not in ("auto", "online", "offline", "disabled"):
        raise InputError(
            f"logger.wandb.mode must be auto, online, offline or disabled, got {mode!r}"
        )
    asked = os.environ.get("WANDB_MODE") if mode == "auto" else mode
    return asked or ("online" if logged_in() else "offline")


def wandb_logger(
    save_dir: str | Path,
    project: str = "lightning_contrast",
    name: str | None = None,
    entity: str | None = None,
    group: str | None = None,
    job_type: str | None = "train",
    tags: Sequence[str] = (),
    notes: str | None = None,
    mode: Mode = "auto",
    run_id: str | None = None,
) -> "WandbLogger":
    """A W&B run under ``save_dir/wandb``, begun at once; offline unless the user is logged in.

    An offline run is sent later with ``wandb sync``. If the server can't be reached, it warns and
    the run is offline. ``run_id``: the W&B run that is resumed. Close it with ``close_loggers``:
    otherwise the next run of the process writes into it.
    """
    import wandb
    from pytorch_lightning.loggers import WandbLogger

    Path(save_dir).mkdir(parents=True, exist_ok=True)
    if not is_first_process():
        return WandbLogger(save_dir=save_dir)  # the other ranks' loggers do nothing
    settings = wandb.Settings(
        silent=True, console="off", init_timeout=PATIENCE, finish_timeout=LEAVE
    )
    run = _begin(
        dir=str(save_dir),
        project=project,
        name=name,
        entity=entity,
        group=group,
        job_type=job_type,
        tags=list(tags),
        notes=notes,
        mode=wandb_mode(mode),
        id=run_id,
        resume="allow",
        settings=settings,
    )
    run.define_metric(STEP)
    run.define_metric("*", step_metric=STEP, step_sync=True)
    return WandbLogger(save_dir=save_dir, experiment=run)


def _begin(**arguments: Any) -> Any:
    import wandb

    try:
        return wandb.init(**arguments)
    except (wandb.errors.Error, OSError) as error:
        reason = " ".join(str(error).split())
        warnings.warn(
            f"W&B can't be reached ({reason}): the run is written to {arguments['dir']}/wandb, and "
            "`wandb sync` sends it later",
            stacklevel=3,
        )
        wandb.teardown()  # otherwise the failed run still holds its id
        return wandb.init(**{**arguments, "mode": "offline"})
