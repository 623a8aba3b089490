"""A classifier on an untrained encoder, with its data: a subject in a second."""

from pathlib import Path

from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.evaluation.subject import Subject
from tests.runs import composed


def untrained(directory: Path, *overrides: str, fit_head: bool = True) -> Subject:
    """The subject of a run that takes no step; only its head is fitted, if it can be."""
    run = composed(*overrides)
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    subject = Subject(build_module(run, datamodule).network.eval(), datamodule, run, directory)
    if fit_head:
        subject.fit_head()
    return subject
