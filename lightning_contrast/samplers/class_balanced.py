"""P classes x K rows a batch."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.samplers._feasible import (
    compact_classes,
    fitting_samples,
    rows_of_each_class,
)
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers.sampler import Sampler


class ClassBalancedSampler(Sampler):
    """Every batch holds K = ``samples_per_class`` rows of each of P = ``batch_size`` / K classes.

    No row comes twice in an epoch: each class is shuffled and cut into groups of K, and the groups
    are dealt to batches of P different classes for as long as P classes have groups left. After
    that P shrinks (``drop_last`` leaves these batches out).

    An epoch can't hold every row without repeating some: it leaves out fewer than K rows of each
    class (they fill no group), and what is left when only one class has groups left (a batch of one
    class has no negatives). Which rows is drawn anew in each epoch.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank. ``samples_per_class``: None
    for the smallest from 4 up with which the classes fill a batch. ``classes``: their names, for
    the errors. Raises ``InputError`` for unlabelled rows, a class with fewer than K rows, more
    classes asked for than there are.

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
        classes: Sequence[str] | None = None,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        self.labels = labels
        self.samples_per_class = samples_per_class
        self.drop_last = drop_last
        self.classes = classes
        each = samples_per_class or fitting_samples(labels, batch_size, world_size)
        rows = rows_of_each_class(labels, batch_size, each, world_size, classes)
        self._layout = Layout(rows // each, batch_size * world_size // each)
        self._groups = Groups(compact_classes(labels), each)
        sizes = self._layout.sizes * each
        self.sizes = sizes[: self._layout.full] if drop_last else sizes

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._groups(random).take(self._layout.deal(random), axis=0).ravel()
