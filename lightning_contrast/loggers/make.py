"""Loggers that ask for no account and print nothing; any number of them run side by side."""

import netrc
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from lightning_contrast.errors import InputError, missing_extra

if TYPE_CHECKING:
    from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger, WandbLogger

Mode = Literal["auto", "online", "offline", "disabled"]


def csv_logger(save_dir: str | Path, flush_every: int = 100) -> "CSVLogger":
    """Scalars in ``save_dir/logs/metrics.csv``, written every ``flush_every`` logged steps.

    >>> csv_logger("run").log_dir.replace(os.sep, "/")
    'run/logs/'
    """
    from pytorch_lightning.loggers import CSVLogger

    return CSVLogger(save_dir, name="logs", version="", flush_logs_every_n_steps=flush_every)


def tensorboard_logger(save_dir: str | Path) -> "TensorBoardLogger":
    """Scalars for TensorBoard in ``save_dir/tensorboard``.

    Raises InputError where the package is missing.
    """
    from pytorch_lightning.loggers import TensorBoardLogger

    try:
        return TensorBoardLogger(save_dir, name="tensorboard", version="", default_hp_metric=False)
    except ModuleNotFoundError:
        raise missing_extra("tensorboard", "tensorboard") from None


def logged_in() -> bool:
    """Whether W&B would find a key: ``WANDB_API_KEY``, or what ``wandb login`` left in netrc."""
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
    """``mode``, where ``auto`` follows ``WANDB_MODE``, else is online for who is logged in.

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
) -> "WandbLogger":
    """A W&B run under ``save_dir/wandb``; offline unless the user is logged in (see `wandb_mode`).

    An offline run is sent later with ``wandb sync``. Close it with `close_loggers`, or the next run
    of the process goes on writing into it.
    """
    import wandb
    from pytorch_lightning.loggers import WandbLogger

    Path(save_dir).mkdir(parents=True, exist_ok=True)
    logger = WandbLogger(
        save_dir=save_dir,
        project=project,
        name=name,
        entity=entity,
        group=group,
        job_type=job_type,
        tags=list(tags),
        notes=notes,
        mode=wandb_mode(mode),
        settings=wandb.Settings(silent=True, console="off"),
    )
    logger._wandb_init.pop("anonymous", None)  # wandb warns of it, even when it is None
    return logger


def log_config(loggers: Sequence[Any], config: Mapping[str, Any]) -> None:
    """Hand the resolved config (plain values) to every logger that keeps one."""
    for logger in loggers:
        logger.log_hyperparams(dict(config))


def close_loggers(loggers: Sequence[Any], exit_code: int = 0) -> None:
    """Write out what is pending and end the W&B run; call it however the run ended."""
    for logger in loggers:
        logger.finalize("success" if exit_code == 0 else "failed")
        if type(logger).__name__ == "WandbLogger" and logger._experiment is not None:
            logger._experiment.finish(exit_code=exit_code)
