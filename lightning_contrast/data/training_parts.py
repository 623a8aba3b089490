"""The sampler, positives and negatives of training, and their state."""

from typing import Any

from lightning_contrast.data.complete import complete
from lightning_contrast.data.loader import TrainingLoader
from lightning_contrast.data.prepare import Splits
from lightning_contrast.rows.duplicates import content_keys
from lightning_contrast.rows.label_sets import NONE, rarest
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.samplers.sampler import check_shared

TrainingParts = dict[str, Any]
"""``sampler``, ``positives``, ``negatives``, and the ``view`` if it is a module."""


def training_parts(data: Any, splits: Splits) -> TrainingParts:
    """Calls the factories of ``data`` with values of the training split.

    Raises ``InputError`` if the classes do not suffice for the sampler, positives or negatives.
    """
    trainer, labelled, rows = data.trainer, splits.labelled, splits.train
    rank, world_size = (trainer.global_rank, trainer.world_size) if trainer else (0, 1)
    check_shared(data.sampler, world_size)
    labels, facts = labelled.label[rows], data.facts(rows)
    # A row with several labels is drawn as one of its rarest.
    kinds = labels if labelled.sets is None else rarest(labelled.label, labelled.sets)[rows]
    sampler = complete(
        data.sampler,
        labels=kinds,
        groups=labelled.group[rows],
        classes=labelled.classes if labelled.sets is None else (*labelled.sets.names, NONE),
        content=lambda: content_keys(labelled.raw)[rows],
        **facts,
        batch_size=data.batch_size,
        seed=data.seed,
        rank=rank,
        world_size=world_size,
    )
    pairs = {
        "partners": partners_of(labelled, rows, extra=True),
        "identity": None if labelled.identity is None else labelled.identity[rows],
    }
    positives = complete(data.positives, labels=labels, crops=data.view.crops, **pairs)
    bar = getattr(trainer, "progress_bar_callback", None)
    quiet = not getattr(bar, "shown", False)  # Lightning's own bars do not say
    negatives = complete(data.negatives, labels=labels, quiet=quiet, **facts, **pairs)
    return {"sampler": sampler, "positives": positives, "negatives": negatives}


def state_of(parts: TrainingParts, loader: TrainingLoader) -> dict[str, Any]:
    """State for a resumed run: the loader's position, and that of parts that were refreshed."""
    rules = {k: v for k, v in parts.items() if k != "sampler"}  # the position has its state
    states = {k: v.state_dict() for k, v in rules.items() if isinstance(v, Refreshed)}
    if "view" in parts and (state := parts["view"].state_dict()):
        states["view"] = state
    return {**states, "position": loader.state_dict()}


def restore(parts: TrainingParts, loader: TrainingLoader, state: dict[str, Any]) -> None:
    """Loads a state of ``state_of``."""
    for name, saved in state.items():
        part: Any = loader if name == "position" else parts[name]
        part.load_state_dict(saved)
