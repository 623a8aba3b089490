"""The W&B run of ``lightning-contrast predict``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.loggers.artifacts import checkpoint_artifact, run_name, use, valid
from lightning_contrast.loggers.staging import staged_in, wandb_runs


def log_predictions(
    loggers: Sequence[Any], checkpoint: Path, output: Path, rows: Mapping[str, int]
) -> None:
    """Gives a W&B run its checkpoint as input, the file of labels as output, and the counts of
    ``rows`` (labelled, skipped, ...) as summary."""
    import wandb

    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            use(run, checkpoint_artifact(run_name(checkpoint), checkpoint))
            if output.is_file():
                labels = wandb.Artifact(valid(f"{output.stem}-labels"), type="predictions")
                labels.add_file(str(output))
                run.log_artifact(labels)
        run.summary.update({f"rows/{what}": count for what, count in rows.items()})
