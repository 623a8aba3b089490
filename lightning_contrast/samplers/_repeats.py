"""Groups of K rows from classes that can't all fill them: rows of rare classes are repeated."""

import numpy as np

from lightning_contrast.rows.content import salted
from lightning_contrast.samplers._layout import Layout

FEWEST = 4  # rows of a class in a batch, if the classes and the batch size allow it


class RepeatedGroups:
    """P classes with K rows each in every batch, whatever the sizes of the classes.

    P is the number of classes, or fewer if that leaves no room for four rows of each. K fills the
    batch, but is at most the size of the largest class. If a rank would get no row, K grows until
    each has one, so a batch of one row a rank may hold one more.

    An epoch holds about as many rows as the data, and more if there are many small classes. Each
    class occurs in a batch at most once. Small classes occur in more batches than their rows fill,
    so their rows are repeated, also within a group if the class has fewer than K rows. The rows of
    a class come in turns of random order. The next epoch goes on where the last one stopped, so
    every row comes.

    Args:
        code: each row's class ``(N,)``, ``0 .. C - 1``, none of them empty.
        joined: rows of the batch of all ranks, 2 or more.
        ranks: number of ranks; each gets a row of every batch.
        seed: seed of the turns.

    >>> groups = RepeatedGroups(np.array([0] * 9 + [1]), joined=4, ranks=1, seed=0)
    >>> rows = groups(np.random.default_rng(0), epoch=0).reshape(-1, 4)
    >>> rows.shape, [int((batch == 9).sum()) for batch in rows]
    ((3, 4), [2, 2, 2])
    """

    def __init__(self, code: np.ndarray, joined: int, ranks: int, seed: int) -> None:
        self.seed = seed
        self._size = np.bincount(code)
        self._row = np.argsort(code, kind="stable")
        classes, largest = len(self._size), int(self._size.max())
        self.width = min(classes, max(2, joined // FEWEST), joined)
        self.each = max(min(joined // self.width, max(2, largest)), -(-ranks // self.width))
        wanted = -(-self._size // self.each)
        batches = -(-len(code) // (self.width * self.each))
        shown = np.minimum(wanted, batches)
        batches = max(batches, -(-int(shown.sum()) // self.width))
        self._layout = Layout(_filled(shown, self.width * batches), self.width)
        self.sizes = np.full(batches, self.width * self.each, dtype=np.int64)

    def __call__(self, random: np.random.Generator, epoch: int) -> np.ndarray:
        """The rows of an epoch, batch after batch."""
        return self._groups(epoch).take(self._layout.deal(random), axis=0).ravel()

    def _groups(self, epoch: int) -> np.ndarray:
        """Rows ``(groups, K)``, from the first class to the last."""
        size, drawn = self._size, self._layout.groups * self.each
        turn, offset = np.divmod(epoch * drawn, size)
        rows = size * (-(-(offset + drawn) // size))  # in the turns that the epoch needs
        kind = np.repeat(np.arange(len(size)), rows)
        place = np.arange(len(kind)) - np.repeat(np.cumsum(rows) - rows, rows)
        row = self._row[np.repeat(np.cumsum(size) - size, rows) + place % size[kind]]
        turns = turn[kind] + place // size[kind]
        key = salted(turns.astype(np.uint64), f"turn {self.seed}")
        row = row[np.lexsort((salted(row.astype(np.uint64) ^ key, "row"), turns, kind))]
        now = (place >= offset[kind]) & (place < (offset + drawn)[kind])
        return row[now].reshape(-1, self.each)


def _filled(groups: np.ndarray, total: int) -> np.ndarray:
    """The groups of each class, with small numbers raised to one level until all sum to ``total``.

    >>> _filled(np.array([5, 1, 2]), 11).tolist()
    [5, 3, 3]
    """
    low, high = int(groups.min()), total
    while low < high:  # the last level that does not take too many
        middle = (low + high + 1) // 2
        fits = np.maximum(groups, middle).sum() <= total
        low, high = (middle, high) if fits else (low, middle - 1)
    filled = np.maximum(groups, low)
    lowest = np.flatnonzero(filled == low)[: total - int(filled.sum())]
    filled[lowest] += 1
    return filled
