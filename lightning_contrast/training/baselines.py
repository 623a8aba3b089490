"""Baselines that the same command measures: they show what the contrastive loss adds."""

import copy
from typing import Any

import torch
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_callbacks, build_module, build_trainer, construct
from lightning_contrast.evaluation.baselines import plain_baselines, plain_set_baselines
from lightning_contrast.evaluation.judge import fit_head, judge
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.inference.calibrate import calibrate
from lightning_contrast.modules.checkpoint import restore
from lightning_contrast.modules.network import Network
from lightning_contrast.training.devices import count_devices
from lightning_contrast.types import Answer

BY_FREQUENCY = ("many_accuracy", "medium_accuracy", "few_accuracy")
KEPT = ("accuracy", "micro_f1", "macro_f1", "label_map", "knn_accuracy", *BY_FREQUENCY)


def baselines(trained: Subject) -> dict[str, float]:
    """Figures of a plain classifier, of the untrained encoder, and of cross-entropy, on the rows of
    a trained network."""
    datamodule, config = trained.datamodule, dict(trained.config)
    assert datamodule.splits is not None
    rows, train, validation, test = datamodule.splits[:4]
    if rows.sets is not None:
        figures = plain_set_baselines(rows, train, validation, test, datamodule.modality)
        return figures | without_contrast(config, trained)
    figures = plain_baselines(rows, train, validation, test, datamodule.modality)
    figures |= untrained(trained)
    linear = {"_target_": "lightning_contrast.heads.linear.LinearHead"}
    return figures | without_contrast({**config, "head": linear}, trained)


def without_contrast(config: dict[str, Any], trained: Subject) -> dict[str, float]:
    """``baseline/cross_entropy/...``: the same encoder, head, views and steps, with no contrast.

    For a run of several processes, one process trains it with the joined batch.
    """
    config = copy.deepcopy(config)
    config["module"] |= {"contrast_weight": 0.0, "head_weight": 1.0}
    config["regulariser"] = {}
    ranks = count_devices(config["trainer"]["devices"], config["trainer"]["accelerator"])
    ranks *= config["trainer"]["num_nodes"]
    config["trainer"] |= {"strategy": "auto", "devices": 1, "num_nodes": 1}
    folder, datamodule = trained.directory / "baselines" / "cross_entropy", trained.datamodule
    seed_everything(config["seed"], verbose=False)
    module = build_module(config, datamodule)
    positives, batch_size = datamodule.positives, datamodule.batch_size
    datamodule.batch_size *= ranks
    datamodule.positives = construct(
        {"_target_": "lightning_contrast.positives.none.NoPositives", "_partial_": True}
    )
    try:
        trainer = build_trainer(config, folder, [], build_callbacks(config, folder))
        trainer.fit(module, datamodule)
    finally:
        datamodule.positives, datamodule.batch_size = positives, batch_size
    best = folder / "checkpoints" / "best.ckpt"
    if best.exists():  # else no validation was due, and the last weights are the best
        restore(module.network, best)
    subject = _subject(module.network, trained)
    if module.network.head.answer is Answer.LABELS:
        calibrate(module.network, subject.validation)  # its thresholds
    return _named("cross_entropy", judge(subject))


def untrained(trained: Subject) -> dict[str, float]:
    """``baseline/untrained/...``: a linear probe and kNN on the encoder as it is initialised."""
    seed_everything(trained.seed, verbose=False)
    network = build_module(dict(trained.config), trained.datamodule).network
    network.head = LinearHead(network.encoder.out_features, len(network.classes), refit=True)
    subject = _subject(network, trained)
    fit_head(subject)
    return _named("untrained", judge(subject))


def _subject(network: Network, trained: Subject) -> Subject:
    """A baseline as a subject; an encoder that nothing has trained has given its features."""
    at = trained.datamodule, trained.config, trained.directory
    subject = Subject(network, *at, quiet=trained.quiet)
    own, other = network.encoder.state_dict(), trained.network.encoder.state_dict()
    if all(torch.equal(weight, other[name]) for name, weight in own.items()):
        subject.takes_features(trained)
    return subject


def _named(baseline: str, figures: dict[str, float]) -> dict[str, float]:
    kept = {k: v for k, v in figures.items() if k.split("/")[1] in KEPT}
    return {f"baseline/{baseline}/{name}": value for name, value in kept.items()}
