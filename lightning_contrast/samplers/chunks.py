"""Rows that stand near each other in the source share batches."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class ChunkSampler(Sampler):
    """Every row once an epoch, in an order that reads the source a few chunks at a time.

    The rows are cut into chunks of ``chunk`` rows that stand next to each other in the source. The
    chunks are shuffled, and the rows of ``together`` chunks at a time are shuffled with each other.
    So shards that are brought by a command (``source=shards`` with ``source.cache_shards``) are
    brought once an epoch, where a new permutation of all rows would bring one for nearly every row.
    ``drop_last`` leaves out the short batch at the end. Raises ``InputError`` for fewer rows than
    ranks.

    >>> draws = ChunkSampler(np.zeros(6), 2, chunk=2, together=1, seed=3)
    >>> [sorted(draw.index.tolist()) for draw in draws]
    [[4, 5], [2, 3], [0, 1]]
    """

    chunk: Count = 1000
    together: Count = 4
    drop_last: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sizes = self.cut(len(self.labels), self.drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        rows = random.permutation(len(self.labels))
        turn = random.permutation(-(-len(rows) // self.chunk)) // self.together
        return rows[np.argsort(turn[rows // self.chunk], kind="stable")]
