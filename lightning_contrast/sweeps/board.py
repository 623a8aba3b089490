"""A W&B run that summarises a sweep at its end."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback


class SweepBoard(Callback):
    """Writes a W&B run of ``job_type=summary``, with a table of the jobs, into the sweep's folder.

    It is a callback of Hydra (``hydra.callbacks`` in ``conf/train.yaml``) and runs in the process
    of the command line, after all jobs. Without W&B among the loggers it does nothing.
    """

    def on_multirun_end(self, config: Any, **kwargs: Any) -> None:
        from omegaconf import OmegaConf

        logger = OmegaConf.select(config, "logger.wandb")
        sweep = Path(config.hydra.sweep.dir)
        if logger is None or not (rows := jobs_of(sweep)):
            return
        from lightning_contrast.loggers.make import close_loggers
        from lightning_contrast.loggers.sweep import log_sweep
        from lightning_contrast.loggers.weights_and_biases import wandb_logger

        group = config.group or f"{sweep.parent.name}_{sweep.name}"
        made = wandb_logger(
            sweep,
            **{key: logger[key] for key in ("project", "entity", "mode")},
            name=f"sweep {group}",
            group=group,
            job_type="summary",
            tags=list(config.tags),
            notes=config.notes,
        )
        log_sweep(rows, [made], config.metric)
        close_loggers([made])


def jobs_of(sweep: Path) -> list[dict[str, Any]]:
    """A row for each job in a sweep's folder: its name, the values that vary, its final figures.

    A job that failed or still runs has no figures.
    """
    from lightning_contrast.loggers.sweep import RESULTS
    from lightning_contrast.sweeps.runs import find_runs
    from lightning_contrast.sweeps.settings import differing

    if not any(sweep.glob("*/.hydra/config.yaml")):
        return []
    runs = find_runs([sweep])
    keys = differing(runs, over=())
    return [
        {"job": run.folder.name}
        | {key: run.choices.get(key, run.values.get(key)) for key in keys}
        | {k: v for k, v in run.figures.items() if run.ended and k.startswith(RESULTS)}
        for run in runs
    ]
