"""Some classes frequent, the others rare."""

from typing import Annotated

import numpy as np

from lightning_contrast.config.ranges import Count, Range, Seed
from lightning_contrast.distributions._profile import Factor, Order, fill, ranked
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.rows.training_rows import TrainingRows


class Step(Distribution):
    """``floor(rare * C)`` of C classes keep ``floor(largest / imbalance_factor)`` rows each.

    The others keep ``largest``. ``rare``: share of the classes, at least one class is rare and one
    frequent. ``imbalance_factor``: rows of a frequent class over those of a rare one. ``order``:
    which classes are rare, the least frequent (``"frequency"``) or drawn by ``seed``
    (``"random"``), as the rows are. ``largest``: None for the most that every class can fill.
    Unlabelled rows go. Raises ``InputError`` for a factor below 1, a share outside (0, 1), one
    class only, a class with too few rows.

    Source: Buda et al. 2017, arXiv:1710.05381.

    >>> from lightning_contrast.data.prepare import prepare
    >>> from lightning_contrast.sources.digits import Digits
    >>> splits = prepare(Digits(), distribution=Step(imbalance_factor=10))
    >>> np.unique(np.bincount(splits.labelled.label[splits.train]), return_counts=True)
    (array([ 12, 127]), array([5, 5]))
    """

    def __init__(
        self,
        imbalance_factor: Factor = 10.0,
        rare: Annotated[float, Range(above=0, below=1)] = 0.5,
        order: Order = "frequency",
        largest: Count | None = None,
        seed: Seed = 0,
    ) -> None:
        self.imbalance_factor, self.rare, self.order = imbalance_factor, rare, order
        self.largest, self.seed = largest, seed

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        ranking = ranked(rows, self.order, self.seed, "step")
        few = min(max(int(self.rare * len(ranking) + 1e-9), 1), len(ranking) - 1)
        share = np.ones(len(ranking))
        share[-few:] = 1 / self.imbalance_factor
        return rows.drawn(fill(rows, ranking, share, self.largest, "step"), self.seed)
