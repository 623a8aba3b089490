"""Draws a few training rows of each class."""

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.training_rows import TrainingRows


def few_shot(
    rows: TrainingRows, per_class: int, seed: int, argument: str = "source.per_class"
) -> TrainingRows:
    """``per_class`` rows of each class, drawn by the seed; unlabelled rows are left out.

    The draw depends on contents and seed, not on the order of the rows. ``argument``: the name of
    ``per_class`` in error messages. Raises ``InputError`` for a class with fewer rows.

    Where rows have several labels, each label has ``per_class`` rows at least: from the rarest one
    on, rows with it are added until it has as many. As many rows without a label are kept too, or
    all that there are.

    >>> label, key = np.array([0, 0, 1, 1]), np.arange(4, dtype=np.uint64)
    >>> rows = TrainingRows(np.arange(4), label, key, ("a", "b"), ["w", "x", "y", "z"])
    >>> few_shot(rows, per_class=1, seed=0).label.tolist()
    [0, 1]
    """
    sizes = rows.label_sizes
    for number in np.flatnonzero((sizes > 0) & (sizes < per_class))[:1]:
        raise InputError(
            f"{argument}={per_class} asks for more training rows than class "
            f"{rows.names[number]!r} has ({sizes[number]}): set "
            f"{argument}={sizes[sizes > 0].min()} or lower"
        )
    if rows.sets is not None:
        return rows.kept(_few_of_sets(rows, rows.sets.members, per_class, seed))
    return rows.drawn(np.full(len(sizes), per_class), seed)


def _few_of_sets(rows: TrainingRows, members: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """Positions of the rows that are kept, of rows with several labels."""
    known = np.flatnonzero(rows.label >= 0)
    order = known[np.argsort(salted(rows.key[known], f"few-shot {seed}"), kind="stable")]
    kinds = np.column_stack((members, ~members.any(1)))
    chosen = np.zeros(len(rows.label), dtype=bool)
    for kind in np.argsort(rows.sizes @ kinds, kind="stable"):
        having = order[kinds[rows.label[order], kind]]
        lacking = max(per_class - int(chosen[having].sum()), 0)
        chosen[having[~chosen[having]][:lacking]] = True
    return np.flatnonzero(chosen)
