"""Checks that the parts of a run fit together, before any data is read."""

import inspect
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import numpy as np
import torch

from lightning_contrast.build.lists import build_candidates, build_regularisers
from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.construct import construct, locate
from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import Kind
from lightning_contrast.types import Labelled, LabelSets

COMPLETED = ("encoder", "projector", "head", "sampler", "positives", "negatives")
"""Groups whose parts need values of the data: until then they are classes and arguments."""
STAND_IN = {"classes": 2, "embedding_size": 2}
"""Stand-ins for sizes that only the data gives, for parts that are made just to be checked."""

BASES = {
    "source": "sources.source.Source",
    "environment": "environments.environment.Environment",
    "distribution": "distributions.distribution.Distribution",
    "sampler": "samplers.sampler.Sampler",
    "positives": "positives.positives.Positives",
    "negatives": "negatives.negatives.Negatives",
    "view": "views.view.View",
    "mix": "mix.mix.Mix",
    "encoder": "encoders.encoder.Encoder",
    "projector": "projectors.projector.Projector",
    "head": "heads.head.Head",
    "unit": "units.unit.Unit",
    "generator": "generators.generator.Generator",
    "pairing": "pairings.pairing.Pairing",
    "miner": "miners.miner.Miner",
    "loss": "losses.loss.Loss",
}
"""The base that a part of a group derives from."""


def check_parts(config: Mapping[str, Any]) -> Run:
    """The choices of a resolved run config, after each part was checked against the others.

    Raises:
        InputError: a part is for another modality, is not of its group, or can't be used here.
    """
    for group in BASES:
        check_base(group, config.get(group))
    run = chosen(config)
    if config.get("baselines") and run.unit.reads_places:
        raise InputError(
            f"the baselines classify whole rows, and unit {name_of(run.unit)} reads places in "
            "them: set baselines=false"
        )
    if run.similarity not in (None, *get_args(Kind)):
        raise InputError(
            f"engine.similarity must be one of {', '.join(get_args(Kind))} (null: as the loss has "
            f"it), got {run.similarity!r}: set engine.similarity=cosine"
        )
    origin = "environment" if config.get("environment") else "source"
    check_modality(run.modality, origin, locate(config.get(origin), origin))
    for group, part in parts_of(run):
        if group == "negatives" and part.makes_rows:  # a store: it is one of the candidates
            continue
        check_modality(run.modality, group, part)
        if isinstance(part, Part) or inspect.ismethod(part.check):  # of a class: a class method
            part.check(run)
    locate(config["module"], "module").check(run)
    return run


def chosen(config: Mapping[str, Any]) -> Run:
    """The choices of a resolved run config. Making them leaves the run's random state unchanged."""
    groups = [*COMPLETED, *(["generator"] if config.get("generator") else [])]
    completed = {group: locate(config[group], group) for group in groups}
    with torch.random.fork_rng(devices=[]):
        made = {
            group: construct(config[group], group, **STAND_IN)
            for group in ("view", "mix", "unit", "pairing", "miner", "loss")
        }
        candidates = build_candidates(config, pairing=made["pairing"], **STAND_IN)
        regularisers = build_regularisers(config)
    return Run(
        modality=locate(config["datamodule"], "datamodule").modality,
        batch_size=config["datamodule"]["batch_size"],
        contrast_weight=config["module"]["contrast_weight"],
        head_weight=config["module"]["head_weight"],
        grad_cache=config["trainer"]["grad_cache"],
        trainer=config["trainer"],
        similarity=config["engine"].get("similarity"),
        candidates=candidates,
        regularisers=regularisers,
        arguments={group: config[group] for group in (*completed, *made)},
        **completed,
        **made,
    )


def parts_of(run: Run) -> Iterator[tuple[str, Any]]:
    """The parts that take part in training, by group: without a contrast fewer."""
    groups = ["encoder", "projector", "head", "view", "mix"]
    if run.contrast_weight or run.regularisers:
        groups += ["sampler", "positives", "negatives", "unit"]
    groups += [] if run.generator is None else ["generator"]
    if run.contrast_weight:
        groups += ["candidates", "pairing", "miner", "loss"]
    for group in groups:
        if isinstance(part := getattr(run, group), Part) or inspect.isclass(part):
            yield group, part
    yield from (("regulariser", part) for part in run.regularisers.values())


def check_base(group: str, config: Any) -> None:
    """Raises ``InputError`` for a part that does not derive from the base of its group.

    >>> check_base("view", {"_target_": "builtins.dict"})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: view dict must be a class that derives from lightning_...
    """
    if config is None:
        return
    target = locate(config, group)
    if getattr(target, "group", None) not in (group, "candidates"):  # such as negatives=mixed
        raise InputError(
            f"{group} {name_of(target)} must be a class that derives from "
            f"lightning_contrast.{BASES[group]}, which declares the methods of a {group}"
        )
    given = {key: value for key, value in config.items() if not key.startswith("_")}
    check_arguments(target, given, partial=True, key=group)  # a recipe may set what this one lacks


def check_modality(modality: str, group: str, part: Any) -> None:
    """Raises ``InputError`` if a part, or its class, is for another modality.

    >>> from lightning_contrast.views.text import SpanCrop
    >>> check_modality("image", "view", SpanCrop)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: view SpanCrop is for text, and the run's modality is...
    """
    if part.modality not in (None, modality):
        raise InputError(
            f"{group} {name_of(part)} is for {part.modality}, and the run's modality is "
            f"{modality}: choose another {group}, or train with modality={part.modality}"
        )


def check_learns(module: Any) -> None:
    """Raises ``InputError`` if there is a contrast, and nothing that its gradient would reach."""
    network = module.network
    parts = (network.encoder, network.projector, module.contrast, module.candidates)
    if module.contrast_weight and not any(
        parameter.requires_grad for part in parts for parameter in part.parameters()
    ):
        raise InputError(
            f"nothing learns from the contrast: encoder {name_of(network.encoder)} can't "
            f"learn, nor can projector {name_of(network.projector)}: set projector=linear, or let "
            "the encoder learn (encoder.trainable_layers=2 of a pretrained one)"
        )


def warn_of_rows(run: Run, labelled: Labelled, train: np.ndarray) -> None:
    """Warns of training rows and of partners that the chosen parts leave out of training."""
    label = labelled.label[train]
    unlabelled = int(np.count_nonzero(label < 0))
    if unlabelled and run.pairing.needs_labels:
        warnings.warn(
            f"{unlabelled} of {len(label)} training rows have no label, and pairing "
            f"{name_of(run.pairing)} leaves them out: set pairing=instance positives=view to learn "
            "from them too",
            stacklevel=2,
        )
    if labelled.identity is not None and not run.positives.needs_pairs:
        warnings.warn(
            f"the source's rows have pairs, and positives {name_of(run.positives)} leave them out "
            "of training: set positives=paired (or recipe=paired), or leave the source's pairs out",
            stacklevel=2,
        )


def check_several_labels(run: Run, head: Any, sets: LabelSets | None) -> None:
    """Raises ``InputError`` for a part that takes the one label of a row, where rows have sets."""
    if sets is None:
        return
    if head.answer.one_class:
        raise InputError(
            f"the source's rows have several labels, and head {name_of(head)} gives one class to a "
            "row: set head=multi_label (or recipe=multi_label)"
        )
    if run.candidates.holds_prototypes:
        raise InputError(
            "the source's rows have several labels, and prototypes stand for one class each: set "
            "candidates=in_batch"
        )
