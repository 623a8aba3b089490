"""Places of a batch, chosen on the host, and the rows that are read out of features there."""

from collections.abc import Sequence
from math import isqrt
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.batch import Batch, place_columns
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows


class Places(NamedTuple):
    """Where units stand: the row of the batch, the (first) place in it and the label, ``(R,)``."""

    row: np.ndarray
    place: np.ndarray
    label: np.ndarray


def place_labels(batch: Batch, unit: str) -> np.ndarray:
    """The label of each place ``(r, t)``; raises ``InputError`` where the data has none."""
    if batch.places is None:
        raise InputError(
            f"unit {unit} needs a label for each place, and the source has one for each row: set "
            "unit=whole, or take a source with spans, such as source=conll"
        )
    return batch.places


def labelled_places(label: np.ndarray) -> Places:
    """All places with a label, of ``label (r, t)``.

    >>> labelled_places(np.array([[1, 0, -1], [2, -2, -2]])).place.tolist()
    [0, 1, 0]
    """
    row, place = np.nonzero(label >= 0)
    return Places(row, place, label[row, place])


def ordered(
    places: Places, batch: Batch, background: int | None, per_positive: float | None
) -> Places:
    """Anchors' places, positives' places, then the background and those of negatives.

    Of the background so many places are drawn for each other place, of torch's own random numbers.

    >>> from lightning_contrast.batch import Counts
    >>> places = Places(np.zeros(4, int), np.arange(4), np.array([0, 0, 1, 0]))
    >>> batch = Batch(None, torch.zeros(1), torch.zeros(1), Counts(1, 0, 0))
    >>> ordered(places, batch, background=0, per_positive=None).place.tolist()
    [2, 0, 1, 3]
    """
    kind, other = kinds(places, batch, background), places.label != background
    kept = np.arange(len(kind))
    if background is not None and per_positive is not None:
        behind = np.flatnonzero(~other)
        wanted = round(per_positive * np.count_nonzero(other))
        drawn = torch.rand(len(behind), device="cpu").numpy().argsort(kind="stable")[:wanted]
        kept = np.sort(np.concatenate((np.flatnonzero(other), behind[drawn])))
    order = kept[np.argsort(kind[kept], kind="stable")]
    return Places(*(column[order] for column in places))


def kinds(places: Places, batch: Batch, background: int | None) -> np.ndarray:
    """0 for places of anchors, 1 of positives, 2 for the background and all of negatives."""
    anchors, positives, _ = batch.sizes
    kind = np.searchsorted([anchors, anchors + positives], places.row, "right")
    return np.where(places.label == background, 2, kind)


def rows_at(features: Tensor, batch: Batch, places: Places) -> Rows:
    """The features ``(r, t, f)`` at these places, as rows."""
    row, place, label = sent(features, *places)
    flat = features.flatten(0, 1).index_select(0, row * features.shape[1] + place)
    return Rows(flat, label.int(), *place_columns(batch, row, place))


def sent(features: Tensor, *columns: np.ndarray) -> list[Tensor]:
    """Columns of the host on the device of the features."""
    to = features.device
    return [torch.from_numpy(column).to(to, non_blocking=True) for column in columns]


def side_of(cells: int) -> int:
    """Cells across and down of a square grid; raises ``InputError`` for another one.

    >>> side_of(49)
    7
    """
    side = isqrt(cells)
    if side * side != cells:
        raise InputError(
            f"the unit needs a grid with as many cells across as down, and the encoder gives "
            f"{cells} cells: take images of equal height and width"
        )
    return side


def number_of(background: str | None, names: Sequence[str]) -> int | None:
    """The number of the background's class; raises ``InputError`` unless it is a class.

    >>> number_of("O", ["O", "B-PER", "I-PER"])
    0
    """
    if background is None or not names:  # no names: the part is made to be checked alone
        return None
    if background not in names:
        raise InputError(
            f"unit.background must be one of the classes {', '.join(names)}, or null, got "
            f"{background!r}: set unit.background={names[0]}"
        )
    return list(names).index(background)


def check_named(label: np.ndarray, names: Sequence[str]) -> None:
    """Raises ``InputError`` for labels that are no classes of spans, such as the token that
    follows.

    >>> check_named(np.array([[0, 7]]), ["O", "B-a", "I-a"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: spans are read of classes O, B-x and I-x, and a label...
    """
    if (most := label.max(initial=0)) >= len(names):
        raise InputError(
            f"spans are read of classes O, B-x and I-x, and a label is {most}, of {len(names)} "
            "classes: set unit=token unit.merged=false, or datamodule.next_token=false"
        )


def types_of(names: Sequence[str]) -> np.ndarray:
    """The number of the ``B-`` class of each class's type, -1 for a class that is no ``B-`` or
    ``I-``; the last entries are for labels below 0, which number from the end.

    >>> types_of(["O", "B-PER", "I-PER"]).tolist()
    [-1, 1, 1, -1, -1]
    """
    first = {name[2:]: number for number, name in enumerate(names) if name.startswith("B-")}
    found = [first.get(name[2:], -1) if name[:2] in ("B-", "I-") else -1 for name in names]
    return np.array([*found, -1, -1])
