"""Every class equally often."""

import numpy as np

from lightning_contrast.samplers._drawing import ClassDraw
from lightning_contrast.samplers.sampler import Sampler, batch_sizes


class InverseFrequencySampler(Sampler):
    """Draws rows with replacement, a row of a class with ``n_c`` rows with weight ``1 / n_c``.

    So the classes come equally often. Batches are of random classes: for K rows of each of P
    classes take ``class_balanced``. How the rows of a class repeat, and why no single epoch can
    hold them all: ``samplers.drawing.ClassDraw``.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank. ``rows_per_epoch``: None
    for ``N``. ``drop_last`` leaves out the short batch at the end of an epoch, unless it is the
    only one. Raises ``InputError`` for unlabelled rows, ``rows_per_epoch < 1``, fewer rows an epoch
    than ranks.

    >>> labels = np.repeat([0, 1], [90, 6])
    >>> draws = list(InverseFrequencySampler(labels, batch_size=96))
    >>> np.bincount(labels[draws[0].index]).tolist()
    [48, 48]
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
        user = "sampler inverse_frequency"
        self._draw = ClassDraw(labels, lambda size: 1 / size, rows_per_epoch, seed, user)
        self.sizes = batch_sizes(self._draw.rows, batch_size, world_size, drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._draw(random, self.epoch)
