"""From a checkpoint to the subject of an evaluation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning_contrast.build.parts import build_datamodule
from lightning_contrast.data.relabel import relabel
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.modules.checkpoint import load


def load_subject(
    checkpoint: str | Path,
    directory: Path,
    source: Mapping[str, Any] | None = None,
    trust: tuple[str, ...] = (),
    quiet: bool = True,
) -> Subject:
    """The classifier of a checkpoint with its own data, or with another ``source`` (a config).

    The classes of another source are matched by name, and its training rows are taken as they are
    (``distribution`` shapes the run's own).

    Raises:
        InputError: a checkpoint that can't be used, or a source of other classes or modality.
    """
    network = load(checkpoint, trust)
    if not network.run:
        raise InputError(f"{checkpoint} was trained without a config: evaluate it from Python")
    config = dict(network.run) | ({"source": source, "distribution": None} if source else {})
    datamodule = build_datamodule(config, preprocess=network.preprocess)
    relabel(datamodule, network.classes)
    path = Path(checkpoint)
    return Subject(network, datamodule, config, directory, path, trained_on=not source, quiet=quiet)
