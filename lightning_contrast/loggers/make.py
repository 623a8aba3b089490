"""Makes loggers that need no account and print nothing; several can be used together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import missing_extra

if TYPE_CHECKING:
    from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger


def csv_logger(save_dir: str | Path, flush_every: Count = 100) -> "CSVLogger":
    """Scalars in ``save_dir/logs/metrics.csv``, written every ``flush_every`` logged steps.

    >>> Path(csv_logger("run").log_dir).as_posix()
    'run/logs'
    """
    from pytorch_lightning.loggers import CSVLogger

    return CSVLogger(save_dir, name="logs", version="", flush_logs_every_n_steps=flush_every)


def tensorboard_logger(save_dir: str | Path) -> "TensorBoardLogger":
    """Scalars for TensorBoard in ``save_dir/tensorboard``.

    Raises InputError if the package is missing.
    """
    from pytorch_lightning.loggers import TensorBoardLogger

    try:
        return TensorBoardLogger(save_dir, name="tensorboard", version="", default_hp_metric=False)
    except ModuleNotFoundError:
        raise missing_extra("tensorboard", "tensorboard") from None


@contextmanager
def logging_to(loggers: Sequence[Any], config: Mapping[str, Any]) -> Iterator[None]:
    """Logs the resolved config, and closes the loggers at the end, as a success or a failure."""
    exit_code = 1
    try:
        for logger in loggers:
            logger.log_hyperparams(dict(config))
        yield
        exit_code = 0
    finally:
        close_loggers(loggers, exit_code)


def close_loggers(loggers: Sequence[Any], exit_code: int = 0) -> None:
    """Writes pending records and ends the W&B run."""
    for logger in loggers:
        logger.finalize("success" if exit_code == 0 else "failed")
        if type(logger).__name__ == "WandbLogger":
            logger.experiment.finish(exit_code=exit_code)
