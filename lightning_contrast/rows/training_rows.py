"""The training split as a distribution sees it, and what came of shaping it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.config.values import LARGEST_SEED
from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.paths import listing
from lightning_contrast.types import Images


class TrainingRows(NamedTuple):
    """The rows of the training split.

    ``row (n,)`` int64: their numbers in the source, so that ``raw[row[i]]`` is the content of the
    ``i``-th, ascending. ``label (n,)`` int64, -1 unlabelled. ``key (n,)`` uint64: a hash of the
    content, which draws go by, so that they don't depend on the order of the rows. ``classes``:
    names by number; some may have no row here.
    """

    row: np.ndarray
    label: np.ndarray
    key: np.ndarray
    classes: tuple[str, ...]
    raw: Sequence[str] | Images

    @property
    def sizes(self) -> np.ndarray:
        """Rows of each class, ``(classes,)``."""
        return np.bincount(self.label[self.label >= 0], minlength=len(self.classes))

    @property
    def present(self) -> np.ndarray:
        """Numbers of the classes with rows, ascending."""
        return np.flatnonzero(self.sizes)

    def kept(self, positions: np.ndarray) -> "TrainingRows":
        """Those rows alone."""
        at = np.sort(positions)
        return self._replace(row=self.row[at], label=self.label[at], key=self.key[at])

    def drawn(self, wanted: np.ndarray, seed: int) -> "TrainingRows":
        """``wanted[c]`` rows of class ``c``, drawn by the seed; unlabelled rows go.

        A smaller draw is part of a larger one with the same seed.
        """
        position, place = self.places(f"few-shot {seed}")
        return self.kept(position[place < wanted[self.label[position]]])

    def places(self, salt: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the labelled rows, by class and then by salted key, and each one's place in
        its class."""
        known = np.flatnonzero(self.label >= 0)
        order = known[np.lexsort((salted(self.key[known], salt), self.label[known]))]
        sizes = self.sizes
        return order, np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


Distribution = Callable[[TrainingRows], TrainingRows]
"""Shapes the training split: gives some of its rows, or other labels for them."""


def shape(rows: TrainingRows, distribution: Distribution) -> tuple[TrainingRows, dict[str, float]]:
    """The rows that ``distribution`` makes of these, and the figures that say what it did.

    ``imbalance``: rows of the largest class over rows of the smallest one; ``noise_rate``: share of
    the labelled rows with another label than before; ``seed``: where the distribution has one.
    Raises ``InputError`` for a seed out of range, and if a class has no row any more.

    >>> rows = TrainingRows(np.arange(3), np.array([0, 0, 1]), np.arange(3), ("a", "b"), ["x"] * 3)
    >>> shape(rows, lambda rows: rows)[1]
    {'imbalance': 2.0, 'noise_rate': 0.0}
    """
    seed = getattr(distribution, "seed", None)
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise InputError(
            f"distribution.seed must be from 0 to {LARGEST_SEED}, got {seed}: set "
            "distribution.seed=0"
        )
    shaped = distribution(rows)
    lost = np.setdiff1d(rows.present, shaped.present)
    if len(lost):
        raise InputError(
            f"distribution {_name(distribution)} leaves no training row of "
            f"{listing([repr(rows.classes[number]) for number in lost])}: make it milder "
            "(distribution=natural changes nothing), or add rows"
        )
    sizes = shaped.sizes[shaped.present]
    before = rows.label[np.searchsorted(rows.row, shaped.row)]
    known = before >= 0
    figures = {
        "imbalance": float(sizes.max() / sizes.min()) if len(sizes) else 1.0,
        "noise_rate": float((before != shaped.label)[known].mean()) if known.any() else 0.0,
    }
    if seed is not None:
        figures["seed"] = seed
    return shaped, figures


def _name(distribution: Any) -> str:
    return getattr(distribution, "__name__", type(distribution).__name__)
