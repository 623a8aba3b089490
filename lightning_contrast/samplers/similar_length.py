"""Batches of texts of similar length, which need little padding."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class SimilarLengthSampler(Sampler):
    """Every row once an epoch, in batches of rows of similar length, in random order.

    The shuffled rows are cut into pools of ``pool`` joined batches. Each pool is sorted by length
    and cut into batches, and the batches are shuffled. So each epoch combines other rows, but the
    rows of a batch have nearly the same length: a transformer pads (and computes) less. Rows of the
    same length may be alike (headlines, for example), and are then harder negatives.

    ``lengths (N,)``: tokens of each row of the training split. ``drop_last`` leaves out the short
    batch at the end. Raises ``InputError`` for a pool below 1, rows without lengths (images, texts
    that stay on disk), and fewer rows than ranks.

    >>> lengths = np.array([9, 1, 8, 2, 1, 9])
    >>> draws = SimilarLengthSampler(np.zeros(6), 2, lengths, seed=1)
    >>> sorted(sorted(lengths[draw.index].tolist()) for draw in draws)
    [[1, 1], [2, 8], [9, 9]]
    """

    lengths: np.ndarray | None = None
    pool: Count = 50
    drop_last: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lengths is None:
            raise InputError(
                "sampler similar_length needs texts that are tokenised beforehand: set "
                "sampler=shuffled for images and for source.stream=true"
            )
        self._length = self.lengths
        self.sizes = self.cut(len(self.labels), self.drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        rows = random.permutation(len(self.labels))
        batches = len(rows) // self.joined
        full = rows[: batches * self.joined]  # the rest is the short batch at the end
        pool = np.arange(len(full)) // (self.pool * self.joined)
        full = full[np.lexsort((self._length[full], pool))].reshape(batches, self.joined)
        return np.append(full[random.permutation(batches)], rows[batches * self.joined :])
