"""Draws rows with replacement, rows of rare classes more often."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lightning_contrast.config.ranges import BelowOne, Count, Range
from lightning_contrast.samplers._class_draw import ClassDraw
from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class WeightedSampler(Sampler):
    r"""Draws rows with replacement, each with a weight that falls with the size of its class.

    .. math:: w = E^{-\text{power}}, \qquad E = \begin{cases} n & \text{beta is None} \\
        (1 - \text{beta}^n) / (1 - \text{beta}) & \text{otherwise} \end{cases}

    ``n`` is the number of rows of the class, ``E`` its effective number. With ``power`` 1 all
    classes come equally often, with 1/2 in proportion to ``sqrt(n)`` (Mahajan et al. 2018,
    arXiv:1805.00932), with 0 as often as in the data. With ``beta``, classes of more than about
    ``1 / (1 - beta)`` rows come as often as in the data, smaller ones more often.

    Batches hold random classes. Within an epoch a row comes again only after all others of its
    class have come. An epoch of N rows can't hold every row: if one class repeats rows, another
    leaves rows out. Those come in the next epochs (``ClassDraw``).

    Args:
        power: from 0 to 10.
        beta: from 0 up, below 1; None: ``E`` is the number of rows.
        rows_per_epoch: rows of an epoch; None: as many as the training split has.
        drop_last: leaves out the short batch at the end of an epoch, unless it is the only one.

    Raises:
        InputError: a value is out of range, there are unlabelled rows, or an epoch has fewer rows
            than there are ranks.

    Source: Cui et al. 2019, arXiv:1901.05555 (the effective number).

    >>> labels = np.repeat([0, 1], [90, 6])
    >>> [draw] = WeightedSampler(labels, batch_size=96)
    >>> np.bincount(labels[draw.index]).tolist()
    [48, 48]
    """

    repeats_rows = True
    power: Annotated[float, Range(least=0, most=10)] = 1.0
    beta: BelowOne | None = None
    rows_per_epoch: Count | None = None
    drop_last: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        rows = self.rows_per_epoch or len(self.labels)
        self._draw = ClassDraw(self.labels, self._weight, rows, self.seed)
        self.sizes = self.cut(rows, self.drop_last)

    def _weight(self, rows: np.ndarray) -> np.ndarray:
        if self.beta is None:
            return rows.astype(np.float64) ** -self.power
        if self.beta == 0:
            return np.ones(len(rows))
        return ((1 - self.beta) / -np.expm1(rows * np.log(self.beta))) ** self.power

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._draw(random, self.epoch)
