"""Every row once an epoch, in random order."""

import numpy as np

from lightning_contrast.samplers.sampler import Sampler, batch_sizes


class ShuffledSampler(Sampler):
    """A new permutation of the rows each epoch, cut into batches; unlabelled rows are welcome.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank. ``drop_last`` leaves out
    the short batch at the end of an epoch (batch norm and compiled code like full ones), unless it
    is the only one. Raises ``InputError`` for fewer rows than ranks.

    >>> draws = list(ShuffledSampler(np.zeros(5, dtype=np.int64), batch_size=2, drop_last=False))
    >>> [len(draw.index) for draw in draws]
    [2, 2, 1]
    """

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        drop_last: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        self.labels = labels
        self.drop_last = drop_last
        self.sizes = batch_sizes(len(labels), batch_size, world_size, drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        return random.permutation(len(self.labels))
