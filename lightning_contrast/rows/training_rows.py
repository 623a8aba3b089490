"""The training split, from which a distribution chooses rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.rows.content import salted
from lightning_contrast.rows.label_sets import NONE, rarest
from lightning_contrast.types import Images, LabelSets


class TrainingRows(NamedTuple):
    """The rows of the training split.

    ``row (n,)`` int64: their numbers in the source, so that ``raw[row[i]]`` is the content of the
    ``i``-th, ascending. ``label (n,)`` int64, -1 unlabelled. ``key (n,)`` uint64: a hash of the
    content. Draws use it, so that they don't depend on the order of the rows. ``classes``: names by
    number; some may have no row here. ``sets``: the labels of each class, where rows have several.
    """

    row: np.ndarray
    label: np.ndarray
    key: np.ndarray
    classes: tuple[str, ...]
    raw: Sequence[str] | Images
    sets: LabelSets | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The labels: the classes, or what they are sets of."""
        return self.classes if self.sets is None else self.sets.names

    @property
    def label_sizes(self) -> np.ndarray:
        """Rows of each label, ``(labels,)``."""
        return self.sizes if self.sets is None else self.sizes @ self.sets.members

    def by_rarest(self) -> "TrainingRows":
        """The rows, each with the rarest of its labels alone."""
        if self.sets is None:
            return self
        kind = rarest(self.label, self.sets)
        return self._replace(label=kind, classes=(*self.sets.names, NONE), sets=None)

    @property
    def sizes(self) -> np.ndarray:
        """Rows of each class, ``(classes,)``."""
        return np.bincount(self.label[self.label >= 0], minlength=len(self.classes))

    @property
    def present(self) -> np.ndarray:
        """Numbers of the classes with rows, ascending."""
        return np.flatnonzero(self.sizes)

    def kept(self, positions: np.ndarray) -> "TrainingRows":
        """Only the rows at these positions."""
        at = np.sort(positions)
        return self._replace(row=self.row[at], label=self.label[at], key=self.key[at])

    def drawn(self, wanted: np.ndarray, seed: int) -> "TrainingRows":
        """``wanted[c]`` rows of class ``c``, drawn by the seed; unlabelled rows are left out.

        The rows of a smaller draw are among those of a larger one with the same seed.
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
