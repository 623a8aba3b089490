"""The weights of rows, of a run's config and its data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError, listing
from lightning_contrast.types import Labelled

if TYPE_CHECKING:
    from lightning_contrast.modules.row_weights import RowWeights

LEAVE_OUT = "set class_weights=null source.weight_column=null"


def row_weights(
    choice: Any, labelled: Labelled | None, train: np.ndarray, run: Run
) -> "RowWeights | None":
    """The weights of ``class_weights`` and of the source's rows; None where all count alike.

    ``choice``: None; ``balanced``: classes count alike, ``n / (classes n_c)`` with the training
    rows ``n_c`` of a class; or a weight by the name of a class, 1 for the others.

    Raises:
        InputError: for another choice, an unknown class, a run in which rows have no one label, or
            weights that are all 0.
    """
    if labelled is None or (choice is None and labelled.weight is None):
        return None
    _check(run)
    from lightning_contrast.modules.row_weights import RowWeights

    by_class = torch.ones(len(labelled.classes))
    if choice is not None:
        if labelled.sets is not None or not labelled.classes:
            raise InputError(
                "class_weights are of rows with one label each, and the source's rows have "
                f"{'no labels' if labelled.sets is None else 'sets of labels'}: set "
                "class_weights=null"
            )
        by_class = torch.tensor(_of_classes(choice, labelled, train), dtype=torch.float32)
    own = labelled.weight
    weights = RowWeights(by_class, None if own is None else torch.from_numpy(own))
    rows = torch.from_numpy(labelled.label[train]), torch.from_numpy(train)
    if len(train) and not weights.of(*rows).any():
        raise InputError(
            f"all {len(train)} training rows have the weight 0, so that nothing would be learnt: "
            f"give some of them another one, or {LEAVE_OUT}"
        )
    return weights


def _of_classes(choice: Any, labelled: Labelled, train: np.ndarray) -> list[float]:
    classes = labelled.classes
    if choice == "balanced":
        label = labelled.label[train]
        sizes = np.bincount(label[label >= 0], minlength=len(classes))
        present = np.count_nonzero(sizes)
        return [float(sizes.sum() / (present * size)) if size else 1.0 for size in sizes.tolist()]
    if not isinstance(choice, Mapping) or not all(_is_weight(v) for v in choice.values()):
        raise InputError(
            "class_weights must be null, balanced, or a number of at least 0 by the name of a "
            f"class, got {choice!r}: set class_weights=balanced"
        )
    if unknown := [name for name in map(str, choice) if name not in classes]:
        raise InputError(
            f"class_weights names classes that the source does not have: {listing(unknown)}; it "
            f"has {listing(list(classes))}: set class_weights=balanced, or mend the names"
        )
    given = {str(name): float(value) for name, value in choice.items()}
    return [given.get(name, 1.0) for name in classes]


def _is_weight(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value < float("inf")


def _check(run: Run) -> None:
    """Raises ``InputError`` for a part that does not score rows one by one."""
    if run.contrast_weight:
        run.loss.check_weights()
    for wrong, part in (
        (run.unit.reads_places or run.unit.weigh is not None, run.unit),
        (run.head.answer.of_places, run.head),
        (run.mix.changes, run.mix),
        (run.generator is not None, run.generator),
    ):
        if wrong:
            raise InputError(
                f"rows with weights can't be used with {name_of(part)}, which does not score whole "
                f"rows of the source one by one: {LEAVE_OUT}"
            )
