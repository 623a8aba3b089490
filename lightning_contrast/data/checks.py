"""Checks that the rows of a source can be trained on."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.config.part import name_of
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.distributions.natural import Natural
from lightning_contrast.errors import InputError, listing
from lightning_contrast.rows.split_names import TRAIN
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

SIDES = ("training", "validation", "test")
Sides = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Row numbers of training, validation and test."""


def check_rows(labelled: Labelled, sizes: np.ndarray, doubts: Sequence[str] = ()) -> None:
    """Raises ``InputError`` for no rows, a single class, or a class with a single row. Rows without
    any classes need none, and of spans one type is enough.

    ``sizes``: labelled rows of each class; ``doubts``: what the labels may be instead of classes.

    >>> one = np.zeros(3, dtype=np.int64)
    >>> check_rows(Labelled(["a", "b", "c"], one, ("x",), one, one, {}), np.array([3]))
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: the source must have rows of two classes or more, got...
    """
    if not len(labelled.label):
        raise InputError("the source must have rows, got none: check the arguments of source")
    if not labelled.classes or labelled.spans is not None or labelled.boxes is not None:
        return  # a tag is beside the background, and a box beside what is no object
    names = labelled.names
    if labelled.sets is not None:
        sizes = sizes @ labelled.sets.members
    present = [names[number] for number in np.flatnonzero(sizes)]
    if len(present) < 2:
        raise InputError(
            f"the source must have rows of two classes or more, got {present}: check that its "
            "labels are the right column or folders"
        )
    single = [names[number] for number in np.flatnonzero(sizes == 1)]
    if single:
        mend = "add rows to them, or set source.min_rows=2 to leave them out"
        if len(present) - len(single) < 2:
            mend = "add rows to them, or check that the labels are the right column or folders"
        raise InputError(
            f"a class must have two rows or more, and these have one: {listing(single)}; "
            + "; ".join([*doubts, mend])
        )


def check_needless(source: Source, distribution: Distribution | None) -> None:
    """Raises ``InputError`` for arguments that draw rows by class, where rows have no labels."""
    if source.per_class is not None:
        raise InputError(
            "source.per_class draws rows of each class, and the source's rows have no labels: set "
            "source.per_class=null"
        )
    if distribution is not None and not isinstance(distribution, Natural):
        raise InputError(
            f"distribution {name_of(distribution)} shapes the classes of training rows, and the "
            "source's rows have no labels: set distribution=natural"
        )


def check_sides(
    labelled: Labelled,
    sides: Sides,
    fractions: Sequence[float],
    groups: int | None = None,
    chosen: bool = True,
) -> str:
    """Raises ``InputError`` if training is empty or lacks a class that another side has, or a side
    of which a share was asked for is empty. ``groups``: of rows that stay on one side.

    Unless the fractions were ``chosen``, an empty side is no error, and the result is a line that
    tells of it.

    >>> label = np.array([0, 1, 0])
    >>> rows = Labelled(["a", "b", "c"], label, ("x", "y"), label, label, {})
    >>> check_sides(rows, (np.array([0]), np.array([], dtype=int), np.array([1, 2])), (0.5, 0, 0.5))
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: classes of the test rows must be in training too, and...
    """
    classes = labelled.names
    rows = sum(map(len, sides))
    alike = f" (in {groups} groups of like ones, each on one side)" if groups else ""
    # One group of each class is for training, whatever the fractions.
    too_few = (groups or rows) <= max(1, len(classes))
    named = list(zip(SIDES[1:], fractions[1:], sides[1:], strict=True))
    empty = [(name, asked) for name, asked, side in named if asked > 0 and not len(side)]
    if empty and chosen:
        name, asked = empty[0]
        larger = "a fraction of 0" if too_few else "larger shares (0 for no such split)"
        raise InputError(
            f"the {name} split got none of the {rows} rows{alike} at a fraction of {asked}: "
            f"add other rows, or set source.fractions to {larger}"
        )
    if not len(sides[TRAIN]):
        raise InputError(
            f"the training split has none of the {rows} rows: raise the first of "
            "source.fractions, or mark some rows as train"
        )
    known = _labels_of(labelled, sides[TRAIN])
    for name, _, side in named:
        missing = np.setdiff1d(_labels_of(labelled, side), known)
        if len(missing):
            raise InputError(
                f"classes of the {name} rows must be in training too, and "
                f"{listing([repr(classes[number]) for number in missing])} are not: add training "
                f"rows of them or leave the {name} rows out, or try another source.split_salt "
                "if the split is not the source's own"
            )
    if not empty:
        return ""
    names = " and no ".join(name for name, _ in empty)
    return (
        f"there is no {names} row, as the {rows} rows{alike} are too few to be divided: figures "
        "of them are left out. Add other rows"
        + ("" if too_few else ", or set source.fractions to larger shares")
    )


def _labels_of(labelled: Labelled, rows: np.ndarray) -> np.ndarray:
    """The numbers of the labels that these rows have: of a set each one, and those of boxes."""
    if (boxes := labelled.boxes) is not None:
        return np.unique(boxes.label[np.isin(boxes.row, rows)])
    found = np.unique(labelled.label[rows])
    if labelled.sets is None:
        return found
    return np.flatnonzero(labelled.sets.members[found[found >= 0]].any(0))
