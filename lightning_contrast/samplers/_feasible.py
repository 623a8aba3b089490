"""Checks that the classes can fill batches of P classes x K rows."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.errors import InputError

USER = "sampler"


def rows_of_each_class(
    labels: np.ndarray,
    batch_size: int,
    samples_per_class: int,
    ranks: int,
    classes: Sequence[str] | None = None,
) -> np.ndarray:
    """Number of rows of each class that occurs in ``labels (N,)``, after all checks.

    Raises ``InputError`` for unlabelled rows, a single class, a class with fewer than
    ``samples_per_class`` rows, a joined batch (``batch_size`` x ``ranks``) that is no multiple of
    it, or a batch that needs more classes than there are. ``classes``: their names, for messages.

    >>> rows_of_each_class(np.array([0, 0, 5, 5, 5]), batch_size=4, samples_per_class=2, ranks=1)
    array([2, 3])
    """
    each, joined = samples_per_class, batch_size * ranks
    size = f"batch_size={batch_size}" + (f" x {ranks} ranks" if ranks > 1 else "")
    if joined % each:
        raise InputError(
            f"{USER}: {size} must be a multiple of samples_per_class={each}: set "
            f"datamodule.batch_size={max(1, batch_size // each) * each}"
        )
    rows = check_classes(labels)
    if rows.min() < each:
        fewest, rarest = int(rows.min()), np.flatnonzero(np.bincount(labels))[rows.argmin()]
        fill = fewest * max(1, min(len(rows), joined // fewest) // ranks)
        raise InputError(
            f"{USER} with {size} and samples_per_class={each} needs {each} training rows of each "
            f"class, but {named(rarest, classes)} has {fewest}: set datamodule.batch_size="
            f"{fill} and sampler.samples_per_class={fewest}, or sampler=shuffled"
        )
    if joined > each * len(rows):
        fewer = len(rows) // ranks * each
        mend = f"datamodule.batch_size={fewer} or " if fewer else ""
        raise InputError(
            f"{USER}: {size} with samples_per_class={each} asks for {joined // each} classes a "
            f"batch, but the training split has {len(rows)}: set {mend}sampler.samples_per_class="
            "null"
        )
    return rows


def check_classes(labels: np.ndarray) -> np.ndarray:
    """Number of rows of each class; raises ``InputError`` for a single class or unlabelled rows.

    >>> check_classes(np.array([0, 5, 5]))
    array([1, 2])
    """
    check_labelled(labels)
    count = np.bincount(labels)
    rows = count[count > 0]
    if len(rows) < 2:
        raise InputError(
            f"{USER} needs two classes or more, but the training split has {len(rows)}: set "
            "sampler=shuffled"
        )
    return rows


def fitting_samples(rows: np.ndarray, joined: int) -> int | None:
    """The smallest K from 4 up (half of a smaller batch) with which the classes fill a batch.

    Three conditions hold for K: it divides ``joined``, the rows of the batch of all ranks; the
    batch has two classes or more, and there are as many; each class, with ``rows (C,)``, has K
    rows. None if there is no such K.

    >>> fitting_samples(np.full(5, 20), joined=64), fitting_samples(np.array([20, 3]), joined=64)
    (16, None)
    """
    for each in range(max(1, min(4, joined // 2)), joined // 2 + 1):
        if joined % each == 0 and joined <= each * len(rows):
            return each if each <= rows.min() else None
    return None


def check_labelled(labels: np.ndarray) -> None:
    """Raises ``InputError`` for unlabelled rows (-1).

    >>> check_labelled(np.array([0, 3]))
    """
    if unlabelled := int(np.count_nonzero(labels < 0)):
        raise InputError(
            f"{USER} needs a label for every row, but {unlabelled} of {len(labels)} training rows "
            "have none: set sampler=shuffled"
        )


def compact_classes(labels: np.ndarray) -> np.ndarray:
    """The labels renumbered without gaps, in their order.

    >>> compact_classes(np.array([7, 2, 7])).tolist()
    [1, 0, 1]
    """
    present = np.bincount(labels) > 0
    code = np.cumsum(present) - 1
    return code.astype(np.min_scalar_type(len(code)))[labels]


def named(number: int, classes: Sequence[str] | None) -> str:
    """A class as error messages name it.

    >>> named(1, ("art", "sport")), named(1, None)
    ("class 'sport'", 'class number 1')
    """
    return f"class number {number}" if classes is None else f"class {classes[number]!r}"
