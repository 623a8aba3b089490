"""Builds the parts of a run from its config."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.build.begin import start_from
from lightning_contrast.build.checks import (
    check_learns,
    check_parts,
    check_several_labels,
    chosen,
    warn_of_rows,
)
from lightning_contrast.build.lists import build_candidates, build_regularisers, makes_rows
from lightning_contrast.build.order import check_order
from lightning_contrast.build.places import check_places
from lightning_contrast.build.weights import row_weights
from lightning_contrast.build.without_labels import check_without_labels, watching
from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.construct import construct, later, locate
from lightning_contrast.config.description import describe
from lightning_contrast.config.values import check_metric, check_optimizer

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.modules.classifier import ContrastiveClassifier

Config = Mapping[str, Any]


def build_datamodule(config: Config) -> "ContrastiveDataModule":
    """The data module of a resolved run config, set up, after all parts were checked."""
    check_parts(config)
    check_optimizer(construct(config["optimizer"], "optimizer"))
    return build_data(config)


def build_data(
    config: Config, preprocess: Any = None, whole: int | None = None
) -> "ContrastiveDataModule":
    """The data module of a resolved run config, set up; ``preprocess`` of a trained network.

    ``whole``: the side that all rows of another source are on (see ``data.prepare``).
    """
    none = {"_target_": "lightning_contrast.negatives.in_batch.InBatchNegatives"}
    drawn = none if makes_rows(config["negatives"]) else config["negatives"]
    datamodule = construct(
        config["datamodule"],
        source=construct(config.get("source")),
        environment=construct(config.get("environment")),
        sampler=later(config["sampler"]),
        positives=later(config["positives"]),
        negatives=later(drawn),
        view=construct(config["view"]),
        seed=config["seed"],
        distribution=construct(config["distribution"]),
    )
    if preprocess is not None:
        datamodule.preprocess = preprocess
    datamodule.whole = whole
    datamodule.setup()
    return datamodule


def build_module(config: Config, datamodule: "ContrastiveDataModule") -> "ContrastiveClassifier":
    """The classifier of a resolved run config, sized by the data."""
    from lightning_contrast.build.teacher import teach
    from lightning_contrast.engine.contrast import Contrast
    from lightning_contrast.heads.none import NoHead
    from lightning_contrast.modules.network import Network

    check_arguments(Contrast, config["engine"], partial=True, key="engine")
    run = chosen(config)
    if not datamodule.classes:
        check_without_labels(run, config["baselines"])
    encoder = construct(config["encoder"], **datamodule.derived)
    labelled = None if datamodule.splits is None else datamodule.splits.labelled
    told = {} if labelled is None else labelled.told
    widths = {"in_features": encoder.out_features, "classes": len(datamodule.classes)}
    check_order(run, encoder)
    projector = construct(config["projector"], **widths)
    sizes = {"embedding_size": projector.out_features, "classes": len(datamodule.classes)}
    loss = construct(config["loss"], **sizes)
    parts = {name: construct(config[name], **told, **sizes) for name in ("pairing", "miner")}
    candidates = build_candidates(config, pairing=parts["pairing"], **sizes)
    teach(candidates, datamodule, config)
    teacher = candidates.taught if candidates.teaches else None
    head = NoHead(**widths)
    if datamodule.classes or not run.head.answer.of_classes:
        head = construct(config["head"], **{**datamodule.derived, **told, **widths})
    check_several_labels(run, head, labelled and labelled.sets)
    check_places(head, datamodule)
    network = Network(encoder, projector, head, datamodule.preprocess, datamodule.classes)
    train = np.arange(0) if datamodule.splits is None else datamodule.splits.train
    weights = row_weights(config.get("class_weights"), labelled, train, run)
    if config.get("start_from") is not None:
        start_from(network, config["start_from"])
    network.run = describe(config)
    describe(network)  # raises for values that a checkpoint can't hold, before training starts
    unit = construct(config["unit"], names=list(datamodule.classes))
    weigh = weights or unit.weigh
    module = construct(
        config["module"],
        network=network,
        contrast=Contrast(**parts, loss=loss, teacher=teacher, weigh=weigh, **config["engine"]),
        weights=weights,
        candidates=candidates,
        regularisers=build_regularisers(config),
        optimizer=construct(config["optimizer"], "optimizer"),
        schedule=construct(config["schedule"]),
        grad_cache=config["trainer"]["grad_cache"],
        mix=construct(config["mix"]),
        unit=unit,
        generator=construct(config.get("generator"), **datamodule.derived, **widths),
        view=datamodule.view,
    )
    check_learns(module)
    if found := measured(config, module):
        check_metric(config["metric"], found)
    if line := watching(config, found, datamodule, not module.unit.reads_places)[1]:
        datamodule.unseen["no_metric"] = line
    if module.contrast_weight and datamodule.splits is not None:
        splits = datamodule.splits
        warn_of_rows(run, splits.labelled, splits.train)
    if config["compile_encoder"]:
        encoder.compile()
    return module


def build_loggers(config: Config, directory: Path, run_id: str | None = None) -> list[Any]:
    """The loggers of a resolved run config, writing below the run's directory.

    ``run_id``: that of a W&B run to resume; without it W&B makes a new one.
    """
    entries = (config.get("logger") or {}).items()
    told = {"save_dir": directory, "run_id": run_id}
    return [construct(entry, f"logger.{name}", **told) for name, entry in entries]


def measured(config: Config, module: "ContrastiveClassifier") -> list[str]:
    """The names of the figures that a run logs at validation: of its head, and of callbacks."""
    of_head = ["validation/loss", *module.metrics] if module.network.head.has_loss else []
    entries = (config.get("callbacks") or {}).items()
    made = [construct(entry, f"callbacks.{name}") for name, entry in entries if _logs(entry)]
    return [*of_head, *(name for callback in made for name in callback.logged)]


def _logs(entry: Config) -> bool:
    return isinstance(getattr(locate(entry), "logged", None), property)


def build_callbacks(config: Config, directory: Path) -> list[Any]:
    """The callbacks of a resolved run config; checkpoints go below the run's directory."""
    entries, folder = (config.get("callbacks") or {}).items(), directory / "checkpoints"
    return [construct(entry, f"callbacks.{name}", dirpath=folder) for name, entry in entries]


def build_trainer(config: Config, directory: Path, loggers: list, callbacks: list) -> "Trainer":
    """The Lightning trainer of a resolved run config."""
    from pytorch_lightning.callbacks import ProgressBar

    from lightning_contrast.runtime.matmul import set_matmul_precision
    from lightning_contrast.runtime.processor import fitting_precision

    settings = dict(config["trainer"])
    settings.pop("grad_cache")
    precision = settings.pop("matmul_precision")
    settings["precision"] = fitting_precision(settings["precision"], settings["accelerator"])
    trainer = construct(
        settings,
        "trainer",
        default_root_dir=directory,
        logger=loggers,
        callbacks=callbacks,
        plugins=_plugins(),
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        enable_model_summary=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
    )
    set_matmul_precision(precision, trainer.strategy.root_device)
    return trainer


def build_protocols(config: Config) -> dict[str, Any]:
    """The protocols of a resolved config by name."""
    entries = config.get("protocols") or {}
    return {name: construct(entry, f"protocols.{name}") for name, entry in entries.items()}


def _plugins() -> list[Any]:
    """Atomic checkpoints; and no requeueing by Lightning on SLURM: ``training.requeue`` does it."""
    from lightning_fabric.plugins.environments import SLURMEnvironment

    from lightning_contrast.runtime.checkpoint_io import AtomicCheckpointIO

    slurm = [SLURMEnvironment(auto_requeue=False)] if SLURMEnvironment.detect() else []
    return [AtomicCheckpointIO(), *slurm]
