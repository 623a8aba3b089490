"""Checkpoints and reports as W&B artefacts, which link the runs that made and used them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.loggers.staging import staged_in, wandb_runs


def log_run(loggers: Sequence[Any], name: str, directory: Path) -> None:
    """Logs the checkpoint and the report of a run as outputs of its W&B run.

    ``name`` is that of the config: runs of one config are versions of one artefact. The checkpoint
    is not copied: the offline run holds its path.
    """
    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            checkpoint = checkpoint_artifact(name, directory / "checkpoints" / "best.ckpt")
            run.log_artifact(checkpoint, aliases=["best"])
            run.log_artifact(report_artifact(name, directory))


def log_evaluation(
    loggers: Sequence[Any], name: str, checkpoint: str | Sequence[str], directory: Path
) -> None:
    """Logs the checkpoints as inputs of an evaluation's W&B run, and the report as its output."""
    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            for path in [checkpoint] if isinstance(checkpoint, str) else checkpoint:
                use(run, checkpoint_artifact(run_name(Path(path)), Path(path)))
            run.log_artifact(report_artifact(name, directory))


def log_predictions(
    loggers: Sequence[Any], checkpoint: Path, output: Path, rows: Mapping[str, int]
) -> None:
    """Logs the checkpoint as input of a prediction's W&B run, the file of labels as its output, and
    the counts of ``rows`` (labelled, skipped, ...) in its summary."""
    import wandb

    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            use(run, checkpoint_artifact(run_name(checkpoint), checkpoint))
            if output.is_file():
                labels = wandb.Artifact(valid(f"{output.stem}-labels"), type="predictions")
                labels.add_file(str(output))
                run.log_artifact(labels)
        run.summary.update({f"rows/{what}": count for what, count in rows.items()})


def use(run: Any, artifact: Any) -> None:
    """Logs an artefact as input of a run, also of an offline one.

    ``run.use_artifact`` refuses to work offline, although a local artefact needs no server. This
    calls the part of it that works offline. W&B identifies an artefact by its content, so it links
    the run that made it to the run that uses it, whichever is sent first.
    """
    run._log_artifact(artifact, aliases=[], is_user_created=True, use_after_commit=True)


def checkpoint_artifact(name: str, path: Path) -> Any:
    """A checkpoint as an artefact; the file stays in its place."""
    import wandb

    artifact = wandb.Artifact(valid(f"{name}-checkpoint"), type="model")
    artifact.add_file(str(path.absolute()), name=path.name, policy="immutable", skip_cache=True)
    return artifact


def report_artifact(name: str, directory: Path) -> Any:
    """The report of a run's directory as an artefact: figures, tables, pictures and page."""
    import wandb

    artifact = wandb.Artifact(valid(f"{name}-report"), type="report")
    files = [directory / "result.json", *sorted((directory / "evaluation").glob("**/*"))]
    for file in files:
        if file.is_file():  # one by one: add_dir prints
            artifact.add_file(str(file), name=file.relative_to(directory).as_posix())
    return artifact


def run_name(checkpoint: Path) -> str:
    """The ``name`` of the config that a checkpoint was trained with."""
    from lightning_contrast.modules.checkpoint import KEY, read

    return str(read(checkpoint)[KEY]["run"].get("name", "checkpoint"))


def valid(name: str) -> str:
    """The name with every character replaced that an artefact's name may not have.

    >>> valid("few shots/8")
    'few-shots-8'
    """
    return re.sub(r"[^\w.-]", "-", name)
