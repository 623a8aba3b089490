"""Batches of texts of similar length: little padding."""

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.samplers.sampler import Sampler, batch_sizes


class SimilarLengthSampler(Sampler):
    """Every row once an epoch, in batches of rows of similar length, in random order.

    The shuffled rows are cut into pools of ``pool`` joined batches, each pool is sorted by length
    and cut into batches, and the batches are shuffled. So which rows meet still changes with every
    epoch, while a batch's rows have nearly one length: a transformer pads (and computes) less.
    Rows of one length may be alike (headlines, say): as negatives they are then harder.

    ``labels (N,)`` and ``lengths (N,)``: of the training split. ``batch_size``: rows a rank.
    ``drop_last`` leaves out the short batch at the end. Raises ``InputError`` for a pool below 1,
    rows without lengths (images, texts that stay on disk), fewer rows than ranks.

    >>> lengths = np.array([9, 1, 8, 2, 1, 9])
    >>> draws = SimilarLengthSampler(np.zeros(6), 2, lengths, seed=1)
    >>> sorted(sorted(lengths[draw.index].tolist()) for draw in draws)
    [[1, 1], [2, 8], [9, 9]]
    """

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        lengths: np.ndarray | None = None,
        pool: int = 50,
        drop_last: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        if pool < 1:
            raise InputError(f"sampler.pool must be at least 1 batch, got {pool}: set it to 50")
        if lengths is None:
            raise InputError(
                "sampler similar_length needs texts that are tokenised beforehand: set "
                "sampler=shuffled for images and for source.stream=true"
            )
        self.labels, self.lengths = labels, lengths
        self.pool, self.drop_last = pool, drop_last
        self.sizes = batch_sizes(len(labels), batch_size, world_size, drop_last)

    def order(self, random: np.random.Generator) -> np.ndarray:
        rows = random.permutation(len(self.labels))
        joined = self.batch_size * self.world_size
        batches = len(rows) // joined
        full = rows[: batches * joined]  # the rest is the short batch, behind
        pool = np.arange(len(full)) // (self.pool * joined)
        full = full[np.lexsort((self.lengths[full], pool))].reshape(batches, joined)
        return np.append(full[random.permutation(batches)], rows[batches * joined :])
