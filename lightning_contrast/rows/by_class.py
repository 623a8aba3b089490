"""Rows sorted by class, so that drawing a row of a class is one lookup."""

import numpy as np

from lightning_contrast.errors import InputError


class ByClass:
    """``row[start[c] : start[c] + size[c]]`` are the rows of class ``c``, counted without gaps.

    ``code (N,)``: each row's ``c``; ``place (N,)``: its place in ``row``. Raises ``InputError`` for
    an unlabelled row. Its message holds ``user``, the part that needs the labels, and ``mend``.

    >>> by_class = ByClass(np.array([7, 2, 7]), "negatives cross_class", "set negatives=in_batch")
    >>> by_class.row.tolist(), by_class.start.tolist(), by_class.size.tolist()
    ([1, 0, 2], [0, 1], [1, 2])
    """

    def __init__(self, labels: np.ndarray, user: str, mend: str) -> None:
        if unlabelled := int(np.count_nonzero(labels < 0)):
            raise InputError(
                f"{user} needs a label for every row, but {unlabelled} of {len(labels)} training "
                f"rows have none: {mend}"
            )
        _, self.code, self.size = np.unique(labels, return_inverse=True, return_counts=True)
        self.start = np.cumsum(self.size) - self.size
        self.row = np.argsort(self.code, kind="stable")
        self.place = np.empty_like(self.row)
        self.place[self.row] = np.arange(len(labels))

    def check_several(self, user: str) -> None:
        """Raises ``InputError`` if all rows are of one class."""
        if len(self.size) < 2:
            raise InputError(
                f"{user} needs rows of two classes or more, or unlabelled ones, but all "
                f"{len(self.row)} training rows are of one class: set negatives=in_batch"
            )

    def row_of(self, code: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """A random row of each of these classes, drawn uniformly."""
        return self.row[self.start[code] + random.integers(self.size[code])]

    def another(self, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """For each row another one of its class, drawn uniformly; the row itself if it is alone."""
        own = self.code[rows]
        others = self.size[own] - 1
        # A step of 1 .. others around the ring of the class never ends at the row itself.
        step = np.minimum(random.integers(np.maximum(others, 1)) + 1, others)
        ring = self.place[rows] - self.start[own] + step
        return self.row[self.start[own] + ring % (others + 1)]

    def row_of_others(self, code: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """For each of these classes a row of any other class, drawn uniformly over rows."""
        # Drawn from the rows without the class; places from the class's start on skip its rows.
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
