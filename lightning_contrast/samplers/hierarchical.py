"""Batches of P classes of each of G super-classes, with K rows of each class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.samplers._feasible import check_labelled, named
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._nested import NestedLayout
from lightning_contrast.samplers._super_classes import USER, super_classes
from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class HierarchicalSampler(Sampler):
    """Every batch holds G super-classes, P classes of each, and K rows of each class.

    Classes of one super-class are near negatives of each other. ``batch_size`` (of all ranks) =
    G P K, with G = ``superclasses_per_batch`` and K = ``samples_per_class``.

    No row comes twice in an epoch. If fewer than G super-classes have P classes left, G or P
    shrinks (``drop_last`` leaves these batches out). An epoch leaves out fewer than K rows of each
    class (they fill no group of K), and rows that would make a batch of one class. Each epoch draws
    anew which rows these are.

    Args:
        groups: groups of the rows, ``(N,)``: they are the super-classes if ``superclasses`` is
            None. A class whose rows are in several super-classes is then split: its rows in each of
            them count as a class of their own.
        superclasses: class name to super-class name, for every class; or a text, such as ``/``:
            what stands before it in the name of a class is its super-class.
        superclasses_per_batch: G.
        samples_per_class: K; None: the smallest from 4 up with which the classes fill a batch.
        drop_last: leaves out batches that are not full.

    Raises:
        InputError: there are unlabelled rows, a class has no super-class or fewer than K rows, or
            G super-classes can't fill a batch.

    >>> labels = np.repeat([0, 1, 2, 3], 4)
    >>> kinds = {"cat": "animal", "dog": "animal", "car": "machine", "van": "machine"}
    >>> sampler = HierarchicalSampler(labels, 4, classes=tuple(kinds), superclasses=kinds,
    ...                               superclasses_per_batch=1, samples_per_class=2)
    >>> [sorted(set(labels[draw.index].tolist())) for draw in sampler]
    [[2, 3], [2, 3], [0, 1], [0, 1]]
    """

    groups: np.ndarray | None = None
    superclasses: Mapping[str, Any] | str | None = None
    superclasses_per_batch: Count = 2
    samples_per_class: Count | None = None
    drop_last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        labels = self.labels
        check_labelled(labels)
        parent, names = super_classes(labels, self.groups, self.classes, self.superclasses)
        both = parent * (int(labels.max()) + 1) + labels
        _, first, code, rows = np.unique(both, True, True, True)
        parents = parent[first]
        each = self._each(np.bincount(parents), len(names))
        if rows.min() < each:
            small = first[rows.argmin()]
            raise InputError(
                f"{USER} needs samples_per_class={each} training rows of each class, but "
                f"{named(int(labels[small]), self.classes)} of super-class "
                f"{names[parent[small]]!r} has {rows.min()}: set "
                f"sampler.samples_per_class={rows.min()}, or sampler=shuffled"
            )
        width = self.joined // (self.superclasses_per_batch * each)
        self._layout = NestedLayout(rows // each, parents, self.superclasses_per_batch, width)
        if len(self._layout.lonely):
            raise InputError(
                f"{USER}: super-class {names[self._layout.lonely[0]]!r} has a single class, which "
                "has no near negatives: set sampler.superclasses to put it with others, or "
                "sampler=class_balanced"
            )
        self._groups = Groups(code, each)
        sizes = self._layout.sizes * each
        self.sizes = sizes[: self._layout.full] if self.drop_last else sizes

    def _each(self, number: np.ndarray, known: int) -> int:
        """K such that G super-classes fill a batch; ``number``: classes of each super-class."""
        many, each = self.superclasses_per_batch, self.samples_per_class
        size = f"batch_size={self.batch_size}"
        size += f" x {self.world_size} ranks" if self.world_size > 1 else ""
        if many > known:
            raise InputError(
                f"{USER}: superclasses_per_batch must be at most {known}, the number of "
                f"super-classes of the training split, got {many}: set "
                f"sampler.superclasses_per_batch={min(2, known)}"
            )
        share = self.joined // many
        most = int(np.sort(number)[-many])  # classes that G super-classes have
        least = max(1, min(4, share // 2))
        for rows in [each] if each else range(least, share // 2 + 1):
            if self.joined % (many * rows) == 0 and 2 <= share // rows <= most:
                return rows
        if most < 2:
            raise InputError(
                f"{USER} needs {many} super-classes of two classes or more for a batch: set "
                "sampler.superclasses to put more classes together, or superclasses_per_batch lower"
            )
        span = "2" if most == 2 else f"2 to {most}"
        asked = "samples_per_class" if each is None else f"samples_per_class={each}"
        raise InputError(
            f"{USER}: {size} must be superclasses_per_batch={many} x {span} classes x {asked} "
            f"({many} of the {known} super-classes have {most} classes or more): set "
            f"datamodule.batch_size={self._mend(many, most, each or 4)}"
        )

    def _mend(self, many: int, most: int, each: int) -> int:
        """The nearest batch size that the classes can fill, if there is one."""
        fits = [many * width * each for width in range(2, most + 1)]
        fits = [size // self.world_size for size in fits if size % self.world_size == 0]
        return min(fits, key=lambda size: abs(size - self.batch_size), default=many * 2 * each)

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._groups(random).take(self._layout.deal(random), axis=0).ravel()
