"""The nearest rows of other classes."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count, NotNegative, Range
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS
from lightning_contrast.negatives._search import mean_to_class, nearest_of_others
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.negatives.random import RandomNegatives
from lightning_contrast.rows.by_class import unlabelled_apart
from lightning_contrast.rows.ranked import Ranked
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.types import Embedded

Similarity = Annotated[float, Range(above=-1, most=1, unit="a cosine")]


@dataclass(eq=False, repr=False)
class HardNegatives(Negatives, Refreshed):
    r"""``k`` rows of other classes that rank ``first`` to ``last`` by nearness to the anchor.

    The training rows' embedding is searched every ``refresh_every`` epochs, exactly; which k of the
    ranked rows come is drawn each time (different ones). An unlabelled row takes any other row, and
    may be taken by any: there the guard against false negatives matters. It passes over rows with

    .. math:: s > \text{max\_similarity} \quad\text{or}\quad s > s_p - \text{relative\_margin} |s_p|

    before ranks are counted. :math:`s_p` is the anchor's mean similarity to the other rows of its
    class, which is what a positive of ``same_class`` has on average; that to itself for an
    unlabelled row and a row alone in its class, whose positive is itself. (Its nearest row would be
    no guide: of 1000 rows one is always close.) On clean labels the relative margin takes away the
    hardest rows: they are nearer than a positive, and no mistakes. Until the first search, and for
    a row with nothing left, negatives are drawn as ``negatives=random`` does.

    Args:
        labels: ``(N,)``, of the training split.
        k: negatives of each row, at most ``last - first + 1``.
        first, last: ranks, 1 being the nearest; a few of the first left out are another guard.
        max_similarity: the absolute guard, a cosine; ``None`` for none, as it must be where the
            contrast compares embeddings of any length, which the search then compares likewise.
        relative_margin: the relative guard, 0 or more; ``None`` for none.
        pool: rows that are searched, another random subset each time; ``None`` for all, at
            ``2 N^2 d`` operations a search.

    Called with ``index (n,)`` and a generator, gives ``(n, k)``.

    Raises:
        InputError: a setting is out of range, there are no rows of another class, or the guard is
            a cosine and the contrast compares no cosines.

    Source: Xiong et al. 2020 (arXiv 2007.00808) for the search as training moves the embedding;
    Moreira et al. 2024 (arXiv 2407.15831) for the relative guard (there s_p is the query's own
    positive).

    >>> negatives = HardNegatives(np.array([0, 0, 1, 1]), last=1)
    >>> rows = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.28, 0.96], [0.0, 1.0]])
    >>> negatives.refresh(Embedded(rows, rows, rows, torch.zeros(4), torch.arange(4)), epoch=1)
    >>> negatives(np.arange(4), np.random.default_rng(0))[:, 0].tolist()
    [2, 2, 1, 1]
    """

    labels: np.ndarray
    k: Count = 1
    first: Count = 1
    last: Count = 20
    max_similarity: Similarity | None = 0.95
    relative_margin: NotNegative | None = None
    pool: Count | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._random = RandomNegatives(self.labels, self.k)
        self._code = torch.from_numpy(unlabelled_apart(self.labels))
        self._ranked = Ranked(len(self.labels), self.first, self.last, "negatives", self.k)
        self.buffers = self._ranked.buffers
        if self.pool is not None and self.pool < self.last:
            raise InputError(
                f"negatives.pool must be at least last={self.last} rows, or null, got "
                f"{self.pool}: set negatives.pool={500 * self.last}"
            )

    @classmethod
    def check(cls, run: Run) -> None:
        super().check(run)
        check_guard(run.compared, run.arguments["negatives"].get("max_similarity"))

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return self._ranked.draw(index, self._random(index, random), random)

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Searches the embedding anew."""
        check_guard(self.similarity, self.max_similarity)
        embedding, pool, limit = embedded.embedding, self._pool(epoch), self._limit(embedded)
        kind = self.similarity
        found = nearest_of_others(embedding, self._code, pool, self.last, limit, kind=kind)
        for rows, similarity, index in found:
            self._ranked.write(rows, index, similarity > -torch.inf)

    def _pool(self, epoch: int) -> Tensor | slice:
        """The rows that are searched, the same on every rank."""
        rows = len(self.labels)
        if self.pool is None or self.pool >= rows:
            return slice(None)
        chosen = np.random.default_rng(epoch).choice(rows, self.pool, replace=False)
        return torch.from_numpy(np.sort(chosen))

    def _limit(self, embedded: Embedded) -> Tensor | None:
        """Each row's largest similarity to a negative ``(N,)``, None without a guard."""
        if self.max_similarity is None and self.relative_margin is None:
            return None
        limit = torch.full((len(self._code),), torch.inf)
        if self.relative_margin is not None:
            label = torch.from_numpy(self.labels)
            positive = mean_to_class(embedded.embedding, label, kind=self.similarity)
            limit = positive - self.relative_margin * positive.abs()
        return limit if self.max_similarity is None else limit.clamp_max(self.max_similarity)


def check_guard(similarity: str, guard: float | None) -> None:
    """Raises ``InputError`` for a guard that is a cosine where none is compared."""
    if guard is not None and similarity not in OF_UNIT_VECTORS:
        raise InputError(
            f"negatives.max_similarity={guard} is a cosine, and engine.similarity={similarity} "
            "compares embeddings of any length: set negatives.max_similarity=null"
        )
