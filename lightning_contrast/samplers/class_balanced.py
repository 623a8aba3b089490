"""P classes x K rows a batch."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.samplers._feasible import (
    check_classes,
    compact_classes,
    fitting_samples,
    rows_of_each_class,
)
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers._repeats import RepeatedGroups
from lightning_contrast.samplers.sampler import Sampler

ENOUGH = 0.5  # share of the rows; if full batches would hold fewer, rare classes are repeated


@dataclass(eq=False, repr=False)
class ClassBalancedSampler(Sampler):
    """Every batch holds K = ``samples_per_class`` rows of each of P = ``batch_size`` / K classes.

    No row comes twice in an epoch. Each class is shuffled and cut into groups of K, and the groups
    are dealt to batches of P different classes while P classes have groups left. After that P
    shrinks (``drop_last`` leaves these batches out). An epoch leaves out two kinds of rows: fewer
    than K rows of each class that fill no group, and groups that are left when all other classes
    have none (a batch of one class has no negatives). Each epoch draws anew which rows these are.

    With ``samples_per_class=None`` any two classes can be trained on. K is then the smallest number
    from 4 up with which the classes fill a batch. If there is no such K, or if fewer than half of
    the rows would be in batches of P classes, rows of rare classes are repeated, so that every
    batch holds P classes with K rows each (``RepeatedGroups``): otherwise an epoch would end with
    many batches of the largest classes alone.

    Args:
        samples_per_class: K; None chooses it by the classes.
        drop_last: leaves out batches of fewer classes.

    Raises:
        InputError: there are unlabelled rows, or only one class. With K set also: a class has fewer
            than K rows, the batch is no multiple of K, or there are too few classes.

    Source: Hermans et al. 2017, arXiv:1703.07737 (PK batches).

    >>> labels = np.repeat([0, 1, 2], [6, 4, 2])
    >>> [labels[draw.index].tolist() for draw in ClassBalancedSampler(labels, 4, 2, seed=1)]
    [[1, 1, 0, 0], [1, 1, 0, 0], [2, 2, 0, 0]]
    """

    samples_per_class: Count | None = None
    drop_last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._repeated: RepeatedGroups | None = None
        count = check_classes(self.labels)
        each = self.samples_per_class
        if each is None:
            each = fitting_samples(count, self.joined)
        else:
            rows_of_each_class(self.labels, self.batch_size, each, self.world_size, self.classes)
        code = compact_classes(self.labels)
        layout = Layout(count // each, self.joined // each) if each else None
        if self.samples_per_class is None and (
            layout is None or layout.full * layout.width * (each or 0) < ENOUGH * len(code)
        ):
            repeated = self._repeated = self._repeat(code)
            self.repeats_rows, self.sizes = True, repeated.sizes
            return
        assert layout is not None and each is not None
        self._layout, self._groups = layout, Groups(code, each)
        sizes = layout.sizes * each
        self.sizes = sizes[: layout.full] if self.drop_last else sizes

    def _repeat(self, code: np.ndarray) -> RepeatedGroups:
        if self.joined < 2:
            raise InputError(
                f"sampler: a batch of {self.joined} row holds no pair: set datamodule.batch_size=64"
            )
        return RepeatedGroups(code, self.joined, self.world_size, self.seed)

    def order(self, random: np.random.Generator) -> np.ndarray:
        if self._repeated is not None:
            return self._repeated(random, self.epoch)
        return self._groups(random).take(self._layout.deal(random), axis=0).ravel()
