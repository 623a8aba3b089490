"""A run on rows without labels: what is left out of it, and what can't be."""

from collections.abc import Mapping, Sequence
from typing import Any

from lightning_contrast.config.construct import locate
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError


def check_without_labels(run: Run, baselines: bool = False) -> None:
    """Raises ``InputError`` if a run, or its ``baselines``, learns from labels only, and its rows
    have none."""
    wants = None
    if baselines:
        raise InputError(
            "the baselines are classifiers, and the source's rows have no labels: set "
            "baselines=false"
        )
    if run.generator is not None:
        wants = f"generator {name_of(run.generator)} makes rows of each class"
    elif run.head.learns_classes() and not (run.contrast_weight or run.regularisers):
        wants = f"head {name_of(run.head)} alone is trained"
    elif run.contrast_weight and run.pairing.needs_labels:
        wants = f"pairing {name_of(run.pairing)} compares labels"
    elif run.contrast_weight and run.candidates.holds_prototypes:
        wants = "candidates are prototypes, one for each class"
    if wants:
        raise InputError(
            f"{wants}, and the source's rows have no labels: set recipe=simclr (recipe=simcse for "
            "texts), or give labels (source.label_column, or a folder for each class)"
        )


def watches(config: Mapping[str, Any]) -> bool:
    """Whether a callback of a run watches a metric."""
    return any(entry.get("monitor") for entry in (config["callbacks"] or {}).values())


def told_unwatched(metric: str, classes: Sequence[str]) -> str:
    """The line of a run that measures nothing at validation.

    >>> told_unwatched("validation/accuracy", [])
    'the rows have no labels: there is no head and no validation/accuracy, and best.ckpt holds ...'
    """
    why = "" if classes else "the rows have no labels: "
    return f"{why}there is no head and no {metric}, and best.ckpt holds the last weights"


def unwatched(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config of a run that measures nothing at validation: its last checkpoint is the best.

    Raises ``InputError`` for a callback that can do nothing else than watch a metric.
    """
    from pytorch_lightning.callbacks import ModelCheckpoint

    callbacks = dict(config["callbacks"] or {})
    for name, entry in callbacks.items():
        if entry.get("monitor") is None:
            continue
        if not issubclass(locate(entry), ModelCheckpoint):
            raise InputError(
                f"callbacks {name} watches {entry['monitor']}, and without labels or a head none "
                "is measured: set callbacks=default"
            )
        callbacks[name] = {**entry, "monitor": None}
    return {**config, "callbacks": callbacks}
