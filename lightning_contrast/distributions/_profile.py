"""Classes of given relative sizes, as large as the rows allow."""

from typing import Annotated, Literal

import numpy as np

from lightning_contrast.config.ranges import Range
from lightning_contrast.errors import InputError
from lightning_contrast.rows.training_rows import TrainingRows

Factor = Annotated[float, Range(least=1, unit="rows of the largest class over the smallest's")]
Order = Literal["frequency", "random"]
ROUNDING = 1e-9  # 5000 * 0.01 is a little less or more than 50


def ranked(rows: TrainingRows, order: Order, seed: int, user: str) -> np.ndarray:
    """Numbers of the classes with rows, the one to be the largest first.

    ``"frequency"``: the most frequent first, of equals the one with the lower number;
    ``"random"``: drawn by the seed. Raises ``InputError`` for fewer than two classes.
    """
    present = rows.present
    if len(present) < 2:
        raise InputError(
            f"distribution {user} needs training rows of two classes or more, got "
            f"{[rows.classes[number] for number in present]}: set distribution=natural"
        )
    if order == "random":
        return np.random.default_rng(seed).permutation(present)
    return present[np.argsort(-rows.sizes[present], kind="stable")]


def fill(
    rows: TrainingRows, ranking: np.ndarray, share: np.ndarray, largest: int | None, user: str
) -> np.ndarray:
    """How many rows of each class to keep, ``(classes,)``: ``floor(largest * share)``.

    ``ranking``: class numbers; ``share``: of each of these, in (0, 1]. ``largest``: None for the
    most that every class can fill. Raises ``InputError`` for a class that can't, and for one that
    would be left without rows.

    >>> label, row = np.repeat([0, 1], [24, 6]), np.arange(30)
    >>> rows = TrainingRows(row, label, row.astype(np.uint64), ("a", "b"), [])
    >>> fill(rows, np.array([0, 1]), np.array([1, 0.5]), None, "step").tolist()
    [12, 6]
    """
    sizes = rows.sizes
    most = int(np.floor(sizes[ranking] / share + ROUNDING).min())
    if largest is not None and largest > most:
        raise InputError(
            f"distribution.largest must be from 1 to {most}, which is what class "
            f"{rows.classes[ranking[(sizes[ranking] / share).argmin()]]!r} can follow, got "
            f"{largest}: set distribution.largest={most}, or null for that"
        )
    wanted = np.zeros(len(sizes), dtype=np.int64)
    wanted[ranking] = np.floor((most if largest is None else largest) * share + ROUNDING)
    empty = ranking[wanted[ranking] == 0]
    if len(empty):
        raise InputError(
            f"distribution {user} leaves no training row of class {rows.classes[empty[0]]!r}, as "
            f"the largest class gets {wanted.max()}: set distribution.imbalance_factor="
            f"{max(1, wanted.max())} or lower"
        )
    return wanted
