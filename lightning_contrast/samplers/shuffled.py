"""Every row once an epoch, in random order."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class ShuffledSampler(Sampler):
    """Cuts a new permutation of the rows into batches each epoch; rows may be unlabelled.

    ``drop_last`` leaves out the short batch at the end of an epoch, unless it is the only one: full
    batches suit batch norm, and compiled code is not compiled again. Raises ``InputError`` for
    fewer rows than ranks.

    >>> draws = list(ShuffledSampler(np.zeros(5, dtype=np.int64), batch_size=2, drop_last=False))
    >>> [len(draw.index) for draw in draws]
    [2, 2, 1]
    """

    drop_last: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sizes = self.cut(len(self.labels), self.drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        return random.permutation(len(self.labels))
