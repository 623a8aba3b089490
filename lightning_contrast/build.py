"""From a config to parts: the only door between plain classes and Hydra."""

import inspect
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.arguments import check_arguments
from lightning_contrast.checks import (
    check_devices,
    check_labels,
    check_metric,
    check_modality,
    check_optimizer,
    check_pairs,
)
from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.modules.classifier import ContrastiveClassifier

Config = Mapping[str, Any]
HYDRA = ("_target_", "_partial_", "_recursive_", "_convert_", "_args_")
NEEDED = (
    *("source", "view", "encoder", "positives", "negatives", "sampler", "pairing", "miner"),
    *("projector", "head", "loss", "candidates", "optimizer", "module"),
)


def construct(config: Any, **derived: Any) -> Any:
    """Builds the part that a ``{_target_: ..., argument: ...}`` mapping describes.

    ``derived`` are values that only the data knows (``vocabulary_size``, ``classes``, ...), or
    parts built before: the constructor gets those it asks for and the config does not set.

    >>> construct({"_target_": "lightning_contrast.projectors.mlp.MLPProjector"}, in_features=4,
    ...           classes=3).in_features
    4
    """
    from hydra.utils import instantiate

    if config is None:
        return None
    target = locate(config)
    settings = {name: value for name, value in config.items() if name not in HYDRA}
    try:
        names = inspect.signature(target).parameters
    except ValueError:  # written in C
        return instantiate(config, _convert_="all")
    asked = {k: v for k, v in derived.items() if k in names and k not in config}
    check_arguments(target, settings | asked, partial=config.get("_partial_", False))
    if not asked:
        return instantiate(config, _convert_="all")
    try:
        return instantiate(config, _convert_="all", _partial_=True)(**asked)
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{target.__name__}: {error}") from error


def locate(config: Any, group: str = "") -> Any:
    """What the ``_target_`` of a config names; raises ``InputError`` if there is no such thing.

    >>> locate({"_target_": "builtins.dict"})
    <class 'dict'>
    """
    from hydra.utils import get_object

    if not isinstance(config, Mapping) or "_target_" not in config:
        raise InputError(
            f"{group or 'a part'} must be a choice of its group with a _target_, got {config!r}"
        )
    logging.getLogger("hydra.utils").disabled = True  # it logs what is raised here, in three lines
    try:
        return get_object(config["_target_"])
    except Exception as error:  # whatever the user's own module raises when it is imported
        if isinstance(error, InputError):
            raise
        reason = error.__cause__ or error
        raise InputError(f"cannot import {config['_target_']!r}: {reason}") from error


def later(config: Config) -> Any:
    """A part that the data module completes: its class, with the config's arguments set.

    >>> later({"_target_": "builtins.dict", "a": 1})(b=2)
    {'a': 1, 'b': 2}
    """
    return construct({**config, "_partial_": True})


def build_datamodule(config: Config, preprocess: Any = None) -> "ContrastiveDataModule":
    """The data module of a resolved run config, set up; ``preprocess`` of a trained classifier."""
    modality = locate(config["datamodule"], "datamodule").modality
    parts = {group: locate(config[group], group) for group in NEEDED}
    check_modality(modality, parts)
    if config["module"]["contrast_weight"]:
        check_pairs(parts["pairing"], parts["positives"], parts["negatives"])
    check_optimizer(construct(config["optimizer"]))
    datamodule = construct(
        config["datamodule"],
        source=construct(config["source"]),
        sampler=later(config["sampler"]),
        positives=later(config["positives"]),
        negatives=later(config["negatives"]),
        view=construct(config["view"]),
        seed=config["seed"],
    )
    if preprocess is not None:
        datamodule.preprocess = preprocess
    datamodule.setup()
    return datamodule


def build_module(config: Config, datamodule: "ContrastiveDataModule") -> "ContrastiveClassifier":
    """The classifier of a resolved run config, sized by the data."""
    from lightning_contrast.engine import Contrast

    check_arguments(Contrast, config["engine"], partial=True)
    encoder = construct(config["encoder"], **datamodule.derived)
    widths = {"in_features": encoder.out_features, "classes": len(datamodule.classes)}
    projector = construct(config["projector"], **widths)
    sizes = {"embedding_size": projector.out_features, "classes": len(datamodule.classes)}
    loss = construct(config["loss"], **sizes)
    parts = {name: construct(config[name]) for name in ("pairing", "miner")}
    module = construct(
        config["module"],
        encoder=encoder,
        projector=projector,
        head=construct(config["head"], **widths),
        contrast=Contrast(**parts, loss=loss, **config["engine"]),
        candidates=construct(config["candidates"], **sizes),
        optimizer=construct(config["optimizer"]),
        schedule=construct(config["schedule"]),
        classes=datamodule.classes,
        preprocess=datamodule.preprocess,
    )
    check_metric(config["metric"], ["validation/loss", *module.metrics])
    if module.contrast_weight and datamodule.splits is not None:
        check_labels(parts["pairing"], datamodule.splits.labelled.label[datamodule.splits.train])
    module.run = dict(config)
    if config["compile_encoder"]:
        module.encoder.compile()
    return module


def build_loggers(config: Config, directory: Path) -> list[Any]:
    """The loggers of a resolved run config, writing below the run's directory."""
    return [construct(entry, save_dir=directory) for entry in (config["logger"] or {}).values()]


def build_callbacks(config: Config, directory: Path) -> list[Any]:
    """The callbacks of a resolved run config; checkpoints go below the run's directory."""
    entries = (config["callbacks"] or {}).values()
    return [construct(entry, dirpath=directory / "checkpoints") for entry in entries]


def build_trainer(config: Config, directory: Path, loggers: list, callbacks: list) -> "Trainer":
    """The Lightning trainer of a resolved run config."""
    from pytorch_lightning.callbacks import ProgressBar

    check_devices(config["trainer"].get("devices"), config["trainer"].get("accelerator"))
    return construct(
        config["trainer"],
        default_root_dir=directory,
        logger=loggers,
        callbacks=callbacks,
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        enable_model_summary=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
    )
