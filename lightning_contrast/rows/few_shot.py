"""Draws a few training rows of each class."""

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.training_rows import TrainingRows


def few_shot(
    rows: TrainingRows, per_class: int, seed: int, argument: str = "source.per_class"
) -> TrainingRows:
    """``per_class`` rows of each class, drawn by the seed; unlabelled rows are left out.

    The draw depends on contents and seed, not on the order of the rows. ``argument``: the name of
    ``per_class`` in error messages. Raises ``InputError`` for a class with fewer rows.

    >>> label, key = np.array([0, 0, 1, 1]), np.arange(4, dtype=np.uint64)
    >>> rows = TrainingRows(np.arange(4), label, key, ("a", "b"), ["w", "x", "y", "z"])
    >>> few_shot(rows, per_class=1, seed=0).label.tolist()
    [0, 1]
    """
    sizes = rows.sizes
    for number in np.flatnonzero((sizes > 0) & (sizes < per_class))[:1]:
        raise InputError(
            f"{argument}={per_class} asks for more training rows than class "
            f"{rows.classes[number]!r} has ({sizes[number]}): set "
            f"{argument}={sizes[sizes > 0].min()} or lower"
        )
    return rows.drawn(np.full(len(sizes), per_class), seed)
