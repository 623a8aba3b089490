"""Logs an animation to W&B."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.loggers.staging import staged_in, wandb_runs


def log_animation(loggers: Sequence[Any], path: Path) -> None:
    """Logs a GIF to every W&B logger, as ``report/NAME``; nothing if there is no such file."""
    if not path.is_file():
        return
    import wandb

    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            run.log({f"report/{path.stem}": wandb.Video(str(path), format="gif")})
