"""Classes as often as their effective number of rows makes them worth."""

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._drawing import ClassDraw
from lightning_contrast.samplers.sampler import Sampler, batch_sizes


class EffectiveNumberSampler(Sampler):
    """Draws rows with replacement, with weight ``(1 - beta) / (1 - beta ** n_c)`` for a row of a
    class with ``n_c`` rows: one over the class's effective number of rows.

    ``beta = 0`` draws the rows as frequent as they are, ``beta`` near 1 the classes equally often;
    between them, classes with more than ``1 / (1 - beta)`` rows as frequent as they are. How the
    rows of a class repeat, and why no single epoch can hold them all:
    ``samplers.drawing.ClassDraw``.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank. ``rows_per_epoch``: None
    for ``N``. ``drop_last`` leaves out the short batch at the end of an epoch, unless it is the
    only one. Raises ``InputError`` for ``beta`` outside [0, 1), unlabelled rows,
    ``rows_per_epoch < 1``, fewer rows an epoch than ranks.

    Source: Cui et al. 2019, arXiv:1901.05555.

    >>> labels = np.repeat([0, 1], [90, 6])
    >>> draws = list(EffectiveNumberSampler(labels, batch_size=96, beta=0.0))
    >>> np.bincount(labels[draws[0].index]).tolist()
    [90, 6]
    """

    repeats_rows = True

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        beta: float = 0.999,
        rows_per_epoch: int | None = None,
        drop_last: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        self.labels = labels
        self.beta = beta
        self.rows_per_epoch = rows_per_epoch
        self.drop_last = drop_last
        user = "sampler effective_number"
        if not 0 <= beta < 1:
            raise InputError(
                f"{user}: beta must be at least 0 and below 1, got {beta}: set sampler.beta=0.999, "
                "or sampler=inverse_frequency for the limit at 1"
            )
        self._draw = ClassDraw(labels, self._weight, rows_per_epoch, seed, user)
        self.sizes = batch_sizes(self._draw.rows, batch_size, world_size, drop_last)

    def _weight(self, size: np.ndarray) -> np.ndarray:
        if not self.beta:
            return np.ones(len(size))
        return (1 - self.beta) / -np.expm1(size * np.log(self.beta))

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._draw(random, self.epoch)
