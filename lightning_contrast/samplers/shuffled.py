"""Every row once an epoch, in random order."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class ShuffledSampler(Sampler):
    """A new permutation of the rows each epoch, cut into batches; unlabelled rows are welcome.

    ``drop_last`` leaves out the short batch at the end of an epoch (batch norm and compiled code
    like full ones), unless it is the only one. Raises ``InputError`` for fewer rows than ranks.

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
