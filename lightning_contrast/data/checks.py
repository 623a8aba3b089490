"""What the rows of any source must satisfy before they are worth training on."""

import numpy as np

from lightning_contrast.errors import InputError, listing
from lightning_contrast.rows.split_names import PARTNER
from lightning_contrast.types import Labelled

SIDES = ("training", "validation", "test")


def check_rows(labelled: Labelled) -> None:
    """Raises ``InputError`` for no rows, a single class, or a class with a single row.

    >>> one = np.zeros(3, dtype=np.int64)
    >>> check_rows(Labelled(["a", "b", "c"], one, ("x",), one, one, {}))
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: the source must have rows of two classes or more, got...
    """
    if not len(labelled.label):
        raise InputError("the source must have rows, got none: check the arguments of source")
    counted = (labelled.label >= 0) & (labelled.split != PARTNER)
    sizes = np.bincount(labelled.label[counted], minlength=len(labelled.classes))
    present = [labelled.classes[number] for number in np.flatnonzero(sizes)]
    if len(present) < 2:
        raise InputError(
            f"the source must have rows of two classes or more, got {present}: check that its "
            "labels are the right column or folders"
        )
    single = [labelled.classes[number] for number in np.flatnonzero(sizes == 1)]
    if single:
        raise InputError(
            f"a class must have two rows or more, and these have one: {listing(single)}. Add rows "
            "to them, or leave the classes out"
        )


def check_sides(labelled: Labelled, sides: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Raises ``InputError`` if training is empty or lacks a class that another side has.

    ``sides``: the row numbers of training, validation and test.

    >>> label = np.array([0, 1, 0])
    >>> rows = Labelled(["a", "b", "c"], label, ("x", "y"), label, label, {})
    >>> check_sides(rows, (np.array([0]), np.array([], dtype=int), np.array([1, 2])))
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: classes of the test rows must be in training too, and...
    """
    label, classes = labelled.label, labelled.classes
    if not len(sides[0]):
        raise InputError(
            f"the training split has none of the {len(label)} rows: raise the first of "
            "source.fractions, or mark some rows as train"
        )
    known = np.unique(label[sides[0]])
    for name, rows in zip(SIDES[1:], sides[1:], strict=True):
        missing = np.setdiff1d(label[rows], known)
        if len(missing):
            raise InputError(
                f"classes of the {name} rows must be in training too, and "
                f"{listing([repr(classes[number]) for number in missing])} are not: add training "
                f"rows of them or leave the {name} rows out, or try another source.split_salt "
                "if the split is not the source's own"
            )
