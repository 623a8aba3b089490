"""Between the natural frequency of the classes and an equal one."""

import numpy as np

from lightning_contrast.samplers._drawing import ClassDraw
from lightning_contrast.samplers.sampler import Sampler, batch_sizes


class SquareRootSampler(Sampler):
    """Draws rows with replacement, one of a class with ``n_c`` rows with weight ``1 / sqrt(n_c)``.

    So a class comes in proportion to ``sqrt(n_c)``: rare ones more often than their rows are, less
    often than frequent ones. How the rows of a class repeat, and why no single epoch can hold them
    all: ``samplers.drawing.ClassDraw``.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank. ``rows_per_epoch``: None
    for ``N``. ``drop_last`` leaves out the short batch at the end of an epoch, unless it is the
    only one. Raises ``InputError`` for unlabelled rows, ``rows_per_epoch < 1``, fewer rows an epoch
    than ranks.

    Source: Mahajan et al. 2018, arXiv:1805.00932.

    >>> labels = np.repeat([0, 1], [81, 9])
    >>> draws = list(SquareRootSampler(labels, batch_size=90, rows_per_epoch=100, drop_last=False))
    >>> np.bincount(labels[np.concatenate([draw.index for draw in draws])]).tolist()
    [75, 25]
    """

    repeats_rows = True

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        rows_per_epoch: int | None = None,
        drop_last: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        self.labels = labels
        self.rows_per_epoch = rows_per_epoch
        self.drop_last = drop_last
        user = "sampler square_root"
        self._draw = ClassDraw(labels, lambda size: size**-0.5, rows_per_epoch, seed, user)
        self.sizes = batch_sizes(self._draw.rows, batch_size, world_size, drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._draw(random, self.epoch)
