"""P classes x K rows a batch."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.samplers._feasible import (
    compact_classes,
    fitting_samples,
    rows_of_each_class,
)
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class ClassBalancedSampler(Sampler):
    """Every batch holds K = ``samples_per_class`` rows of each of P = ``batch_size`` / K classes.

    No row comes twice in an epoch: each class is shuffled and cut into groups of K, and the groups
    are dealt to batches of P different classes for as long as P classes have groups left. After
    that P shrinks (``drop_last`` leaves these batches out).

    An epoch can't hold every row without repeating some: it leaves out fewer than K rows of each
    class (they fill no group), and what is left when only one class has groups left (a batch of one
    class has no negatives). Which rows is drawn anew in each epoch.

    ``samples_per_class``: None for the smallest from 4 up with which the classes fill a batch.
    Raises ``InputError`` for unlabelled rows, a class with fewer than K rows, more classes asked
    for than there are.

    Source: Hermans et al. 2017, arXiv:1703.07737 (PK batches).

    >>> labels = np.repeat([0, 1, 2], [6, 4, 2])
    >>> [labels[draw.index].tolist() for draw in ClassBalancedSampler(labels, 4, 2, seed=1)]
    [[1, 1, 0, 0], [1, 1, 0, 0], [2, 2, 0, 0]]
    """

    samples_per_class: int | None = None
    drop_last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        ranks = self.world_size
        each = self.samples_per_class or fitting_samples(self.labels, self.batch_size, ranks)
        rows = rows_of_each_class(self.labels, self.batch_size, each, ranks, self.classes)
        self._layout = Layout(rows // each, self.joined // each)
        self._groups = Groups(compact_classes(self.labels), each)
        sizes = self._layout.sizes * each
        self.sizes = sizes[: self._layout.full] if self.drop_last else sizes

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._groups(random).take(self._layout.deal(random), axis=0).ravel()
