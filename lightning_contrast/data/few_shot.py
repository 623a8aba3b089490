"""A few training rows of each class."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.data.content import salted
from lightning_contrast.errors import InputError


def few_shot(
    train: np.ndarray,
    label: np.ndarray,
    key: np.ndarray,
    per_class: int,
    seed: int,
    classes: Sequence[str],
) -> np.ndarray:
    """The rows of ``train`` that are kept: ``per_class`` of each class, drawn by the seed.

    ``label`` and ``key`` (content hash) are of all rows ``(N,)``; the draw depends on contents and
    seed, not on the order of the rows. Raises ``InputError`` for a class with fewer rows.

    >>> label, key = np.array([0, 0, 1, 1]), np.arange(4, dtype=np.uint64)
    >>> kept = few_shot(np.arange(4), label, key, per_class=1, seed=0, classes=("a", "b"))
    >>> label[kept].tolist()
    [0, 1]
    """
    if per_class < 1:
        raise InputError(
            f"source.per_class must be at least 1, got {per_class}: set source.per_class=8, or "
            "null for all rows"
        )
    train = train[label[train] >= 0]
    order = train[np.lexsort((salted(key[train], f"few-shot {seed}"), label[train]))]
    sizes = np.bincount(label[order], minlength=len(classes))
    for number in np.flatnonzero((sizes > 0) & (sizes < per_class))[:1]:
        raise InputError(
            f"source.per_class={per_class} asks for more training rows than class "
            f"{classes[number]!r} has ({sizes[number]}): set source.per_class={sizes[number]} "
            "or lower"
        )
    place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[place < per_class])
