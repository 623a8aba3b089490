"""Each class smaller than the one before by the same factor."""

import numpy as np

from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.distributions._profile import Factor, Order, fill, ranked
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.rows.training_rows import TrainingRows


class LongTail(Distribution):
    """Class ``i`` of C keeps ``floor(largest * imbalance_factor ** (-i / (C - 1)))`` rows.

    ``imbalance_factor``: rows of the first class over those of the last one. ``order``: which class
    is the first, ``"frequency"`` (the most frequent) or ``"random"`` (drawn by ``seed``, as the
    rows are). ``largest``: rows of the first class; None for the most that every class can follow.
    Unlabelled rows go. Raises ``InputError`` for a factor below 1, one class only, a class with too
    few rows.

    Source: Cui et al. 2019, arXiv:1901.05555; Cao et al. 2019, arXiv:1906.07413.

    >>> from lightning_contrast.data.prepare import prepare
    >>> from lightning_contrast.sources.digits import Digits
    >>> splits = prepare(Digits(), distribution=LongTail(imbalance_factor=100))
    >>> np.sort(np.bincount(splits.labelled.label[splits.train]))[::-1].tolist()
    [128, 76, 46, 27, 16, 9, 5, 3, 2, 1]
    """

    def __init__(
        self,
        imbalance_factor: Factor = 10.0,
        order: Order = "frequency",
        largest: Count | None = None,
        seed: Seed = 0,
    ) -> None:
        self.imbalance_factor, self.order = imbalance_factor, order
        self.largest, self.seed = largest, seed

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        ranking = ranked(rows, self.order, self.seed, "long_tail")
        share = self.imbalance_factor ** -np.linspace(0, 1, len(ranking))
        return rows.drawn(fill(rows, ranking, share, self.largest, "long_tail"), self.seed)
