"""Whether the classes can fill batches of P classes x K rows."""

import numpy as np

from lightning_contrast.errors import InputError


def rows_of_each_class(
    labels: np.ndarray, batch_size: int, samples_per_class: int, ranks: int
) -> np.ndarray:
    """Rows of each class that occurs in ``labels (N,)``, once every check has passed.

    Raises ``InputError``, with the mend, for unlabelled rows, one class only, a class with fewer
    than ``samples_per_class`` rows, a ``batch_size`` that is no multiple of it, or more classes
    asked for than there are.

    >>> rows_of_each_class(np.array([0, 0, 5, 5, 5]), batch_size=4, samples_per_class=2, ranks=1)
    array([2, 3])
    """
    each, user = samples_per_class, "sampler class_balanced"
    if each < 1:
        raise InputError(f"{user}: samples_per_class must be at least 1, got {each}: set it to 4")
    if batch_size % each:
        raise InputError(
            f"{user}: batch_size must be a multiple of samples_per_class={each}, got {batch_size}: "
            f"set batch_size={max(1, batch_size // each) * each}"
        )
    if unlabelled := int(np.count_nonzero(labels < 0)):
        raise InputError(
            f"{user} needs a label for every row, {unlabelled} of {len(labels)} training rows have "
            "none: set sampler=shuffled"
        )
    count = np.bincount(labels)
    present = np.flatnonzero(count)
    rows = count[present]
    if len(rows) < 2:
        raise InputError(
            f"{user} needs two classes or more, the training split has {len(rows)}: set "
            "sampler=shuffled"
        )
    if rows.min() < each:
        raise InputError(
            f"{user} needs samples_per_class={each} training rows of each class, class number "
            f"{present[rows.argmin()]} has {rows.min()}: set sampler.samples_per_class="
            f"{rows.min()}, or sampler=shuffled"
        )
    asked = batch_size * ranks // each
    if asked > len(rows):
        at_most = len(rows) // ranks * each
        mend = f"batch_size={at_most}" if at_most else "sampler=shuffled, or use fewer devices"
        raise InputError(
            f"{user}: batch_size={batch_size} / samples_per_class={each} x {ranks} ranks asks for "
            f"{asked} classes a batch, the training split has {len(rows)}: set {mend}"
        )
    return rows
