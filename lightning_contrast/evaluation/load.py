"""Loads a checkpoint and its data for an evaluation."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.build.parts import build_data, build_protocols
from lightning_contrast.config.construct import construct
from lightning_contrast.config.trusted import DATA, OF_RUN, check_trusted
from lightning_contrast.data.relabel import relabel
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.judge import Examination, Protocols
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.modalities import modality_of
from lightning_contrast.modules.checkpoint import load
from lightning_contrast.rows.split_names import TEST

PLACES = ("path", "name", "folder", "domain")
"""Arguments of sources that give the place of their rows."""


def load_subject(
    checkpoint: str | Path,
    directory: Path,
    source: Mapping[str, Any] | None = None,
    trust: tuple[str, ...] = (),
    quiet: bool = True,
    split: bool = False,
) -> Subject:
    """The classifier of a checkpoint with its own data, or with another ``source`` (a config).

    The classes of another source are matched by name; a network without classes takes its. All rows
    of another source are test rows, unless it assigns splits itself, ``fractions`` are set, or
    ``split`` asks for the splits of a run on it. Only the run's own source is changed by
    ``distribution``.

    Raises:
        InputError: the checkpoint can't be used, or the source has other classes or another
            modality.
    """
    network = load(checkpoint, trust)
    if not network.run:
        raise InputError(f"{checkpoint} was trained without a config: evaluate it from Python")
    modality_of(network.modality)  # an agent's has no rows to test
    config, own = dict(network.run), network.run.get("source")
    given = own if source is None else dict(source)
    other = given != own
    groups = DATA if other else OF_RUN
    for group in groups:
        check_trusted(group, config.get(group), trust, [config.get(each) for each in groups])
    if source is None and given:
        construct(given).check_sent()
    if given and other:
        config |= {"source": given, "distribution": None}
        if isinstance(own, dict) and all(
            given.get(key) == own.get(key) for key in ("_target_", *PLACES)
        ):
            warnings.warn(
                "the source is the one that the run was trained on, with other settings: rows of "
                "its training may be among the test rows; leave source out to test on the others",
                stacklevel=2,
            )
    if config["datamodule"].get("fill_from"):  # made rows are for training; their maker may be gone
        config["datamodule"] = {**config["datamodule"], "fill_from": None}
    datamodule = build_data(config, network.preprocess, TEST if other and not split else None)
    if network.classes:
        relabel(datamodule, network.classes)
    path = Path(checkpoint)
    return Subject(network, datamodule, config, directory, path, trained_on=not other, quiet=quiet)


def load_subjects(
    checkpoints: Sequence[str | Path],
    directories: Sequence[Path],
    source: Mapping[str, Any] | None = None,
    trust: tuple[str, ...] = (),
    quiet: bool = True,
) -> list[Subject]:
    """The subjects of several checkpoints, each with its directory.

    If some of them were trained on ``source``, all are tested on the test rows of these.
    """
    pairs = list(zip(checkpoints, directories, strict=True))
    subjects = [load_subject(*pair, source, trust, quiet) for pair in pairs]
    if not any(subject.trained_on for subject in subjects):
        return subjects
    return [
        subject if subject.trained_on else load_subject(*pair, source, trust, quiet, split=True)
        for subject, pair in zip(subjects, pairs, strict=True)
    ]


def protocols_by_head(
    subject: Subject, protocols: Protocols, trust: tuple[str, ...] = ()
) -> dict[str, Examination]:
    """The protocols that a subject's run was trained with, and those of ``protocols`` that judge
    what its head says.

    Raises:
        InputError: the checkpoint names a protocol that is neither of this package nor trusted.
    """
    own = subject.config.get("protocols") or {}
    for settings in own.values():
        check_trusted("protocols", settings, trust)
    rest = {name: settings for name, settings in own.items() if name not in protocols}
    answer = subject.network.head.answer
    fitting = {name: each for name, each in protocols.items() if answer in each.judges}
    return {**build_protocols({"protocols": rest}), **fitting}
