"""Batches in which no text or image occurs twice."""

from dataclasses import dataclass, field

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers.sampler import Sampler


@dataclass(eq=False, repr=False)
class NoDuplicatesSampler(Sampler):
    """Random batches in which no content occurs twice, so that no negative equals its anchor.

    It is for in-batch negatives without labels: copies of a row go to different batches of the
    epoch. No row comes twice in an epoch. Every row comes, with two exceptions: rows of the short
    batches that ``drop_last`` leaves out (unless no batch is full), and copies of a content that
    has more copies than there are batches.

    ``content (N,)``: numbers of the contents of the training split, equal for equal texts or
    images. Raises ``InputError`` if all rows have the same content.

    >>> content = np.array([5, 5, 5, 1, 2, 3])
    >>> sampler = NoDuplicatesSampler(np.zeros(6), batch_size=2, content=content)
    >>> sorted(sorted(content[draw.index].tolist()) for draw in sampler)
    [[1, 5], [2, 5], [3, 5]]
    """

    content: np.ndarray = field(kw_only=True)
    drop_last: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        _, code = np.unique(self.content, return_inverse=True)
        self._copies = Groups(code, each=1)
        self._layout = Layout(self._copies.number, self.joined)
        sizes, full = self._layout.sizes, self._layout.full
        self.sizes = sizes[:full] if self.drop_last and full else sizes
        if not len(self):
            raise InputError(
                f"sampler no_duplicates: the training split has {len(self._copies.number)} "
                f"different rows, too few for a batch on {self.world_size} ranks: use fewer "
                "devices or more data"
            )

    def order(self, random: np.random.Generator) -> np.ndarray:
        return self._copies(random).take(self._layout.deal(random))
