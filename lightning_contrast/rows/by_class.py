"""Rows sorted by class, so that a row of a class is one lookup away."""

import numpy as np

from lightning_contrast.errors import InputError


class ByClass:
    """``row[start[c] : start[c] + size[c]]`` are the rows of class ``c``, counted without gaps.

    ``code (N,)``: each row's ``c``; ``place (N,)``: its place in ``row``. Raises ``InputError``
    for an unlabelled row, with ``user`` (who needs the labels) and ``mend`` in its line.

    >>> by_class = ByClass(np.array([7, 2, 7]), "negatives cross_class", "set negatives=in_batch")
    >>> by_class.row.tolist(), by_class.start.tolist(), by_class.size.tolist()
    ([1, 0, 2], [0, 1], [1, 2])
    """

    def __init__(self, labels: np.ndarray, user: str, mend: str) -> None:
        if unlabelled := int(np.count_nonzero(labels < 0)):
            raise InputError(
                f"{user} needs a label for every row, {unlabelled} of {len(labels)} training rows "
                f"have none: {mend}"
            )
        _, self.code, self.size = np.unique(labels, return_inverse=True, return_counts=True)
        self.start = np.cumsum(self.size) - self.size
        self.row = np.argsort(self.code, kind="stable")
        self.place = np.empty_like(self.row)
        self.place[self.row] = np.arange(len(labels))

    def check_several(self, user: str) -> None:
        """Raises ``InputError`` for rows of one class."""
        if len(self.size) < 2:
            raise InputError(
                f"{user} needs rows of two classes or more, or unlabelled ones, all "
                f"{len(self.row)} training rows are of one class: set negatives=in_batch"
            )

    def row_of(self, code: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """A row of each of these classes, uniformly."""
        return self.row[self.start[code] + random.integers(self.size[code])]

    def another(self, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Another row of the class of each of these, uniformly; alone in it: the row itself."""
        own = self.code[rows]
        others = self.size[own] - 1
        # A step of 1 .. others around the ring of the class never comes back to the row.
        step = np.minimum(random.integers(np.maximum(others, 1)) + 1, others)
        ring = self.place[rows] - self.start[own] + step
        return self.row[self.start[own] + ring % (others + 1)]

    def row_of_others(self, code: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """A row of any class but each of these, uniformly over rows."""
        # Drawn among what is left without the class, then stepped over the class's gap.
        place = random.integers(len(self.row) - self.size[code])
        place += self.size[code] * (place >= self.start[code])
        return self.row[place]


def unlabelled_apart(labels: np.ndarray) -> np.ndarray:
    """The labels, with each unlabelled row (-1) in a class of its own.

    >>> unlabelled_apart(np.array([4, -1, 0, -1])).tolist()
    [4, 5, 0, 6]
    """
    apart = labels.astype(np.int64)
    unknown = np.flatnonzero(labels < 0)
    apart[unknown] = labels.max(initial=-1) + 1 + np.arange(len(unknown))
    return apart
