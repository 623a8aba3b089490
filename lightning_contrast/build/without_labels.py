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
    elif run.head.answer.of_classes and not (run.contrast_weight or run.regularisers):
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


def watching(
    config: Mapping[str, Any], found: Sequence[str], datamodule: Any, whole: bool = True
) -> tuple[dict[str, Any], str]:
    """The config of a run that watches what it can measure at validation, and a line that tells
    what this is if it is not what was set.

    ``found``: the figures that the run logs at validation. Without any, ``validation/views`` is
    watched (``callbacks.views``), of rows with partners ``validation/map``
    (``callbacks.retrieval``). Where there is no validation row, or a row of the contrast is no
    ``whole`` one, no figure is, and the last weights are the best. Raises ``InputError`` for a
    callback that can do nothing else than watch one.
    """
    splits = datamodule.splits
    validated = splits is None or len(splits.validation) > 0
    if (found and validated) or not watches(config):
        kept = any(map(_keeps_best, (config.get("callbacks") or {}).values()))
        loses = validated and config["metric"] in found and not kept
        return dict(config), "no callback keeps the best weights: " + LAST if loses else ""
    why = "there is no validation row"
    if validated:
        why = "there is no head" if datamodule.classes else "the rows have no labels and no head"
        if whole and splits is not None and config["trainer"]["limit_val_batches"] != 0:
            metric, what, added = PARTNERS if splits.labelled.identity is not None else VIEWS
            line = f"{why}: best.ckpt holds the weights with the highest {metric}, {what}"
            return _watched(config, metric, added), line
    return _unwatched(config, why), f"{why}: {LAST}"


LAST = "best.ckpt holds the last weights"


VIEWS = (
    "validation/views",
    "alignment and uniformity of views",
    {"views": {"_target_": "lightning_contrast.callbacks.views.ValidationViews"}},
)
PARTNERS = (
    "validation/map",
    "retrieval of partners",
    {"retrieval": {"_target_": "lightning_contrast.callbacks.retrieval.ValidationRetrieval"}},
)


def _watched(config: Mapping[str, Any], metric: str, added: Mapping[str, Any]) -> dict[str, Any]:
    """The config with callbacks before all others, and all others watching what these log."""
    replaced = {
        name: {key: metric if key in ("monitor", "metric") else kept for key, kept in entry.items()}
        for name, entry in config["callbacks"].items()
    }
    return {**config, "metric": metric, "callbacks": {**added, **replaced}}


def _unwatched(config: Mapping[str, Any], why: str) -> dict[str, Any]:
    """The config of a run that measures nothing at validation: its last checkpoint is the best."""
    callbacks = dict(config["callbacks"] or {})
    for name, entry in callbacks.items():
        if entry.get("monitor") is None:
            continue
        if not _keeps_best(entry):
            raise InputError(
                f"callbacks {name} watches {entry['monitor']}, and {why}, so that nothing is "
                "measured: set callbacks=default"
            )
        callbacks[name] = {**entry, "monitor": None}
    return {**config, "callbacks": callbacks}


def _keeps_best(entry: Mapping[str, Any]) -> bool:
    from pytorch_lightning.callbacks import ModelCheckpoint

    return issubclass(locate(entry), ModelCheckpoint)
