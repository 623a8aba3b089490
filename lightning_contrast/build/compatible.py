"""Losses, miners, pairings and candidates held against each other, before the first step."""

from collections.abc import Iterable
from typing import Any

from lightning_contrast.candidates._joined import Joined
from lightning_contrast.candidates._moved_inputs import token_table
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.config.part import Run
from lightning_contrast.errors import InputError


def check_compatible(
    loss: Any, miner: Any, pairing: Any, candidates: Any, rows: int, positives: int
) -> None:
    """Raises ``InputError`` for parts that can't serve each other.

    Args:
        loss, miner, pairing, candidates: the parts.
        rows: of a batch, those drawn as positives and negatives included.
        positives: how many are drawn for each row.

    >>> from lightning_contrast.losses.supcon import SupCon
    >>> check_compatible(SupCon(), None, None, Queue(size=8, embedding_size=2), 16, True)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: candidates.queue.size must be at least the 16 rows of ...
    """
    stores = candidates.parts.values() if isinstance(candidates, Joined) else [candidates]
    _check_queue(stores, rows)
    _check_prototypes(loss, pairing, stores)
    if candidates.needs_positives and not positives:
        raise InputError(
            "candidates=momentum encodes the positives drawn for the rows, and none are drawn: set "
            "positives=view or positives=same_class"
        )
    _check_pair_sums(loss, miner, pairing, positives)
    if loss.needs_single and not miner.gives_single:
        raise InputError(
            f"loss {_name(loss)} with these settings scores one triplet an anchor, and miner "
            f"{_name(miner)} leaves more: set miner=hardest"
        )


def check_pairs(run: Run) -> None:
    """Raises ``InputError`` if the pairing finds its pairs in rows that nobody draws."""
    wanted = (
        (
            *("positive", run.pairing.needs_positives, run.positives),
            "positives=view or positives=same_class",
        ),
        ("negative", run.pairing.needs_negatives, run.negatives, "negatives=cross_class"),
    )
    for what, needed, rule, mend in wanted:
        if needed and not rule.draws_rows:
            raise InputError(
                f"pairing {_name(run.pairing)} needs a {what} drawn for each row, and {what}s "
                f"{rule.__name__} draws none, so that no pair would be {what}: set {mend}, or "
                "choose another pairing"
            )


def check_made(loss: Any, candidates: Any, drawn: int, encoder: Any, grad_cache: Any) -> None:
    """Raises ``InputError`` for negatives that can't be made for this loss, or of these rows.

    Args:
        loss, candidates, encoder: the parts.
        drawn: negatives drawn for each row.
        grad_cache: rows encoded at a time, or ``None``.
    """
    stores = candidates.parts.values() if isinstance(candidates, Joined) else [candidates]
    for store in stores:
        if store.makes_rows and (loss.on_prototypes or loss.anchors_are_prototypes):
            raise InputError(
                f"loss {_name(loss)} is on prototypes, and {_name(store)} makes negatives that are "
                "none: set negatives=in_batch candidates=prototypes"
            )
        if getattr(store, "space", "embedding") == "input":
            _check_inputs(drawn, encoder, grad_cache)


def _check_inputs(drawn: int, encoder: Any, grad_cache: Any) -> None:
    if not drawn:
        raise InputError(
            "adversarial.space=input moves the negatives drawn for each row, and none are drawn: "
            "set negatives=cross_class candidates=[in_batch,adversarial] "
            "candidates.adversarial.space=input"
        )
    if grad_cache:
        raise InputError(
            "adversarial.space=input encodes all moved negatives at once, which "
            f"trainer.grad_cache={grad_cache} is to avoid: set trainer.grad_cache=null, or "
            "adversarial.space=embedding"
        )
    if getattr(encoder, "modality", "") == "text":
        token_table(encoder)


def _check_queue(stores: Iterable[Any], rows: int) -> None:
    for store in stores:
        if isinstance(store, Queue) and store.size < rows:
            raise InputError(
                f"candidates.queue.size must be at least the {rows} rows of a batch, got "
                f"{store.size}: set candidates.queue.size={4 * rows}"
            )


def _check_prototypes(loss: Any, pairing: Any, stores: Iterable[Any]) -> None:
    wanted, as_anchors = loss.on_prototypes, loss.anchors_are_prototypes
    found = [store for store in stores if isinstance(store, Prototypes)]
    name = _name(loss)
    if (wanted or as_anchors) and (not found or len(list(stores)) > 1):
        raise InputError(f"loss {name} is on prototypes alone: set candidates=prototypes")
    for store in found:
        if store.as_anchors != as_anchors:
            raise InputError(
                f"loss {name} takes prototypes as {'anchors' if as_anchors else 'candidates'}: set "
                f"candidates.prototypes.as_anchors={str(as_anchors).lower()}"
            )
        per_class = loss.per_class or store.per_class
        if store.per_class != per_class:
            raise InputError(
                f"loss {name} expects {per_class} prototypes a class, candidates.prototypes."
                f"per_class is {store.per_class}: set both to the same number"
            )
        if not pairing.by_label:
            raise InputError(
                f"candidates=prototypes belong to classes, and pairing {_name(pairing)} does not "
                "look at labels alone: set pairing=label"
            )


def _check_pair_sums(loss: Any, miner: Any, pairing: Any, positives: int) -> None:
    sums, mined = (part.needs_pair_sums for part in (loss, miner))
    if mined and not sums:
        raise InputError(
            f"miner {_name(miner)} looks at sums of a row and its positive, which loss "
            f"{_name(loss)} can't score: set loss=angular, or another miner"
        )
    if sums and (positives != 1 or pairing.by_label):
        raise InputError(
            f"loss {_name(loss)} scores a row together with the one positive drawn for it: set "
            "pairing=drawn, and positives=same_class, or positives=view positives.views=2"
        )


def _name(part: Any) -> str:
    return type(part).__name__
