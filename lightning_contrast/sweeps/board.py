"""At the end of a sweep: its W&B run."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback


class SweepBoard(Callback):
    """Writes a W&B run of ``job_type=summary``, with a table of the jobs, into the sweep's folder.

    A callback of Hydra (``hydra.callbacks`` in ``conf/train.yaml``); it runs where the jobs have
    run, in the process of the command line. Nothing where W&B is not among the loggers.
    """

    def on_multirun_end(self, config: Any, **kwargs: Any) -> None:
        from omegaconf import OmegaConf

        logger = OmegaConf.select(config, "logger.wandb")
        if logger is None:
            return
        from lightning_contrast.loggers.make import close_loggers, wandb_logger
        from lightning_contrast.loggers.sweep import log_sweep, read_jobs

        sweep = Path(config.hydra.sweep.dir)
        if not (rows := read_jobs(sweep)):
            return
        settings = {key: logger[key] for key in ("project", "entity", "mode")}
        group = config.group or f"{sweep.parent.name}_{sweep.name}"
        loggers = [
            wandb_logger(
                sweep,
                **settings,
                name=f"sweep {group}",
                group=group,
                job_type="summary",
                tags=list(config.tags),
                notes=config.notes,
            )
        ]
        log_sweep(rows, loggers, config.metric)
        close_loggers(loggers)
