"""P classes x K rows a batch."""

import numpy as np

from lightning_contrast.samplers.feasible import fitting_samples, rows_of_each_class
from lightning_contrast.samplers.layout import Layout
from lightning_contrast.samplers.stream import BatchStream


class ClassBalancedSampler(BatchStream):
    """Every batch holds K = ``samples_per_class`` rows of each of P = ``batch_size`` / K classes.

    No row comes twice in an epoch: each class is shuffled and cut into groups of K, and the groups
    are dealt to batches of P different classes for as long as P classes have groups left. After
    that P shrinks (``drop_last`` leaves these batches out). What an epoch leaves out: fewer than K
    rows of each class, and what is left when only one class has groups left (a batch of one class
    has no negatives). Each epoch leaves out other rows.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank. ``samples_per_class``: None
    for the smallest from 4 up with which the classes fill a batch. Raises ``InputError`` for
    unlabelled rows, a class with fewer than K rows, more classes asked for than there are.

    Source: Hermans et al. 2017, arXiv:1703.07737 (PK batches).

    >>> labels = np.repeat([0, 1, 2], [6, 4, 2])
    >>> [labels[draw.index].tolist() for draw in ClassBalancedSampler(labels, 4, 2, seed=1)]
    [[1, 1, 0, 0], [1, 1, 0, 0], [2, 2, 0, 0]]
    """

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        samples_per_class: int | None = None,
        drop_last: bool = False,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        self.labels = labels
        self.samples_per_class = samples_per_class
        self.drop_last = drop_last
        self._each = each = samples_per_class or fitting_samples(labels, batch_size, world_size)
        rows = rows_of_each_class(labels, batch_size, each, world_size)
        groups = rows // each
        self._layout = Layout(groups, batch_size * world_size // each)
        # The first row of every group in the rows sorted by class: a class's rest stands behind.
        rest = rows - groups * each
        skipped = np.repeat(np.cumsum(rest) - rest, groups)
        self._first = np.arange(groups.sum()) * each + skipped
        sizes = self._layout.sizes * each
        self.sizes = sizes[: self._layout.full] if drop_last else sizes
        # One sortable word a row: class | random bits | row. Sorting it shuffles every class.
        self._row_bits = max(1, len(labels) - 1).bit_length()
        self._class_bits = max(1, len(rows) - 1).bit_length()
        code = np.zeros(labels.max() + 1, dtype=np.uint64)
        code[np.bincount(labels) > 0] = np.arange(len(rows), dtype=np.uint64)
        self._words = code[labels] << np.uint64(64 - self._class_bits)
        self._words |= np.arange(len(labels), dtype=np.uint64)

    def order(self, random: np.random.Generator) -> np.ndarray:
        words = random.bit_generator.random_raw(len(self.labels))
        words >>= np.uint64(self._class_bits + self._row_bits)
        words <<= np.uint64(self._row_bits)
        words |= self._words
        words.sort()
        words &= np.uint64((1 << self._row_bits) - 1)
        by_class = words.view(np.int64)
        first = self._first[self._layout.deal(random)]
        return by_class[first[:, None] + np.arange(self._each)].ravel()
