"""Captions of the nearest pictures that show something else."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count
from lightning_contrast.negatives._captions import check_partners, some_caption
from lightning_contrast.negatives.hard import HardNegatives, Similarity
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.rows.partners import Partners
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.types import Embedded


@dataclass(eq=False, repr=False)
class NearCaptionNegatives(Negatives, Refreshed):
    """``k`` captions of the pictures that rank ``first`` to ``last`` by nearness to the anchor.

    Nearness is that of ``negatives=hard``, among rows of another identity (what a picture shows)
    instead of another class; then one of the captions of each is drawn. For any rows with partners:
    a question gets answers to like questions.

    Args:
        partners: see ``rows.partners``.
        identity: ``(N,)``, of the training split.
        k, first, last, max_similarity, pool: as in ``HardNegatives``.

    Called with ``index (n,)`` and a generator, gives positions ``(n, k)``.

    Raises:
        InputError: a setting is out of range, no row has a caption, or all show the same.

    Source: Yuksekgonul et al. 2023 (arXiv 2210.01936, section 5: strong alternative images), here
    with the captions alone.

    >>> partners = Partners(*np.array([[8, 9], [0, 1], [0, 1], [1, 1]]))
    >>> negatives = NearCaptionNegatives(partners, identity=np.array([0, 1]), last=1)
    >>> negatives(np.array([0, 1]), np.random.default_rng(0)).tolist()
    [[3], [2]]
    """

    draws_partners: ClassVar[bool] = True
    partners: Partners | None
    identity: np.ndarray | None
    k: Count = 1
    first: Count = 1
    last: Count = 20
    max_similarity: Similarity | None = 0.95
    pool: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._partners = check_partners(self.partners, "near_captions")
        self._near = HardNegatives(
            np.asarray(self.identity),
            self.k,
            self.first,
            self.last,
            self.max_similarity,
            pool=self.pool,
        )
        self.buffers = self._near.buffers

    @classmethod
    def check(cls, run: Run) -> None:
        HardNegatives.check(run)

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return some_caption(self._partners, self._near(index, random), random)

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Searches the embedding anew."""
        self._near.similarity = self.similarity
        self._near.refresh(embedded, epoch)
