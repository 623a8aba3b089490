"""Sets the folder in which W&B keeps the files of an offline run until it is sent."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DATA_DIR = "WANDB_DATA_DIR"


def wandb_runs(loggers: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """The W&B loggers among ``loggers``, each with its run."""
    for logger in loggers:
        if type(logger).__name__ == "WandbLogger":
            yield logger, logger.experiment


@contextmanager
def staged_in(logger: Any) -> Iterator[None]:
    """Keeps files that wait for ``wandb sync`` (thumbnails, artefacts) in the run's own folder.

    W&B would keep them in the user's home, where they stay when the run is deleted.
    """
    if DATA_DIR in os.environ:
        yield
        return
    os.environ[DATA_DIR] = str((Path(logger.save_dir) / "wandb").absolute())
    try:
        yield
    finally:
        del os.environ[DATA_DIR]
