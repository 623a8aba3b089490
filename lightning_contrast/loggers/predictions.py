"""The W&B run of ``lightning-contrast predict``."""

from pathlib import Path
from typing import Any

from lightning_contrast.loggers.artifacts import checkpoint_artifact, run_name, use, valid
from lightning_contrast.loggers.staging import staged_in, wandb_runs


def log_predictions(config: dict[str, Any], hydra: Any, rows: dict[str, int]) -> None:
    """Where a resolved config has loggers: the checkpoint as the run's input, the file of labels as
    its output, and ``rows`` (labelled, skipped, ...) as its summary; beside that file.

    ``hydra``: the ``HydraConfig`` of the job.
    """
    if not config["logger"]:
        return
    import wandb

    from lightning_contrast.build.parts import build_loggers
    from lightning_contrast.loggers.make import close_loggers, log_config
    from lightning_contrast.loggers.names import name_run

    output, checkpoint = Path(config["output"]).expanduser(), Path(config["checkpoint"])
    name_run(config, hydra)
    loggers = build_loggers(config, output.parent)  # of a pipe (-): the working directory
    log_config(loggers, config)
    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            use(run, checkpoint_artifact(run_name(checkpoint), checkpoint))
            if output.is_file():
                labels = wandb.Artifact(valid(f"{output.stem}-labels"), type="predictions")
                labels.add_file(str(output))
                run.log_artifact(labels)
        run.summary.update({f"rows/{what}": count for what, count in rows.items()})
    close_loggers(loggers)
