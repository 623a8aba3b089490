"""The parts of a run held against each other, before anything is loaded or trained."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lightning_contrast.errors import InputError


def check_modality(modality: str, parts: Mapping[str, Any]) -> None:
    """Raises ``InputError`` if a part (by group, itself or its class) is for another modality.

    A part whose ``modality`` is None takes any.

    >>> from lightning_contrast.views.text import SpanCrop
    >>> check_modality("image", {"view": SpanCrop})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: view SpanCrop is for text, and the run's modality is...
    """
    for group, part in parts.items():
        own = getattr(part, "modality", None) or modality
        if own != modality:
            raise InputError(
                f"{group} {_name(part)} is for {own}, and the run's modality is {modality}: choose "
                f"another {group}, or train with modality={own}"
            )


def check_pairs(pairing: Any, positives: Any, negatives: Any) -> None:
    """Raises ``InputError`` if ``pairing`` finds its pairs in rows that nobody draws.

    >>> from lightning_contrast.pairings.instance import Instance
    >>> from lightning_contrast.positives.none import NoPositives
    >>> check_pairs(Instance, NoPositives, None)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: pairing Instance needs a positive drawn for each row, ...
    """
    wanted = (
        ("positive", positives, "positives=view or positives=same_class"),
        ("negative", negatives, "negatives=cross_class"),
    )
    for what, rule, mend in wanted:
        if getattr(pairing, f"needs_{what}s", False) and not getattr(rule, "draws_rows", True):
            raise InputError(
                f"pairing {_name(pairing)} needs a {what} drawn for each row, and {what}s "
                f"{_name(rule)} draws none, so that no pair would be {what}: set {mend}, or choose "
                "another pairing"
            )


def check_logits(negatives: Any, head_weight: float) -> None:
    """Raises ``InputError`` if ``negatives`` follow a head that is never trained.

    >>> from lightning_contrast.negatives.confused import ConfusedNegatives
    >>> check_logits(ConfusedNegatives, head_weight=0.0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: negatives ConfusedNegatives follow what the head...
    """
    if getattr(negatives, "needs_logits", False) and not head_weight:
        raise InputError(
            f"negatives {_name(negatives)} follow what the head confuses, and "
            f"module.head_weight={head_weight} leaves it untrained: set module.head_weight=1 "
            "(head=probe trains it without the encoder), or negatives=cross_class"
        )


def check_mix(modality: str, mix: Any, head: Any, head_weight: float) -> None:
    """Raises ``InputError`` for a way of mixing that no loss takes up.

    >>> from lightning_contrast.heads.prototype import PrototypeHead
    >>> from lightning_contrast.mix.mixup import Mixup
    >>> check_mix("image", Mixup(), PrototypeHead(4, 2), 1.0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: mix Mixup gives soft targets, which head PrototypeHead ...
    """
    check_modality(modality, {"mix": mix})
    if not mix.changes:
        return
    if not head_weight:
        raise InputError(
            f"mix {_name(mix)} is for the head's loss, and module.head_weight=0 leaves that out: "
            "set module.head_weight=1 or mix=none"
        )
    if not getattr(head, "takes_soft_targets", False):
        raise InputError(
            f"mix {_name(mix)} gives soft targets, which head {_name(head)} can't take: set "
            "head=linear or mix=none"
        )


def check_labels(pairing: Any, label: np.ndarray) -> None:
    """Warns of training rows without a label (-1) that a pairing by label leaves out."""
    unlabelled = int(np.count_nonzero(label < 0))
    if unlabelled and getattr(pairing, "needs_labels", False):
        warnings.warn(
            f"{unlabelled} of {len(label)} training rows have no label, and pairing "
            f"{_name(pairing)} leaves them out: set pairing=instance positives=view to learn from "
            "them too",
            stacklevel=2,
        )


def check_pairs_used(positives: Any, pair: np.ndarray | None) -> None:
    """Warns of pairs of the source that the positives make nothing of."""
    if pair is not None and not getattr(positives, "needs_pairs", False):
        warnings.warn(
            f"the source's rows have pairs, and positives {_name(positives)} leave them out of "
            "training: set positives=paired (or recipe=paired), or leave the source's pairs out",
            stacklevel=2,
        )


def check_neighbours(pairing: Any, sampler: Any, samples_per_class: int | None) -> None:
    """Warns of batches of neighbours, mostly of one class, for a pairing that goes by label."""
    if (
        samples_per_class is None
        and getattr(sampler, "few_classes", False)
        and getattr(pairing, "needs_labels", False)
    ):
        warnings.warn(
            f"a batch of sampler {_name(sampler)} is a neighbourhood, mostly of one class, where "
            f"pairing {_name(pairing)} finds few negatives: set sampler.samples_per_class=4, or "
            "pairing=instance positives=view",
            stacklevel=2,
        )


def check_shared(sampler: Callable[..., Any], ranks: int) -> None:
    """Raises ``InputError`` for a sampler that would give every rank the same rows.

    >>> check_shared(lambda labels, batch_size: None, 2)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: sampler <lambda> can't be shared out among 2 ranks: ...
    """
    if ranks == 1:
        return
    names = inspect.signature(sampler).parameters
    if missing := [name for name in ("rank", "world_size") if name not in names]:
        raise InputError(
            f"sampler {_name(getattr(sampler, 'func', sampler))} can't be shared out among {ranks} "
            f"ranks: its constructor takes no {' and no '.join(missing)}, so every rank would have "
            "the same rows; give it both (see samplers/stream.py), or set trainer.devices=1"
        )


def _name(part: Any) -> str:
    return getattr(part, "__name__", type(part).__name__)
