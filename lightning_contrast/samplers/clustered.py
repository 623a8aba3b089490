"""Batches that are neighbourhoods of the embedding: their negatives are hard."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count, Share
from lightning_contrast.errors import InputError
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.samplers._feasible import compact_classes, rows_of_each_class
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers._neighbourhoods import mixed_groups, near_groups, near_rows
from lightning_contrast.samplers.sampler import Sampler
from lightning_contrast.types import Embedded


@dataclass(eq=False, repr=False)
class ClusteredSampler(Sampler, Refreshed):
    r"""A share of the full batches are neighbourhoods of the embedding; the others are random.

    .. math:: \text{share} = \text{first} + (\text{last} - \text{first})
        \min(1, \text{epoch} / \text{epochs})

    Rows are random before the first refresh, and in the batches after the full ones. A batch is
    either a neighbourhood or random as a whole. A mixture would not work: in a softmax a few near
    rows outweigh all random ones, so such a batch is almost as hard as a neighbourhood. The mean
    over whole batches is linear in the share. Every epoch has other neighbourhoods, cut along other
    directions (``halve``), which are those of the embedding whichever similarity is declared. With
    several ranks the joined batch is the neighbourhood.

    No row comes twice in an epoch. Each epoch draws anew which rows it leaves out: those of the
    short batch, or with ``samples_per_class`` those that fill no group of K and no batch of two
    classes. The state holds the orders of the epochs until the next refresh: 4 bytes for each row
    and epoch.

    Args:
        first, last: share of neighbourhoods in the first epoch and at the end; 1 and 1: all.
        epochs: number of epochs until the share is ``last``.
        samples_per_class: None: a neighbourhood holds any rows, so a batch has few classes (for
            pairings that do not use labels). K: it holds ``batch_size`` / K groups of different
            classes that are near one another; a group is K rows near one another.
        drop_last: leaves out batches that are not full.

    Raises:
        InputError: not ``0 <= first <= last <= 1`` or not ``epochs >= 1``. With K also: there are
            unlabelled rows, a class has fewer than K rows, or there are too few classes.

    Source: after Sachidananda et al. 2022, arXiv:2210.12874 (batches chosen over the whole epoch),
    by another search; Bengio et al. 2009, Curriculum learning (ICML), for the growing share.

    >>> sampler = ClusteredSampler(np.zeros(4, dtype=np.int64), batch_size=2)
    >>> points = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.6, 0.8]])
    >>> sampler.refresh(Embedded(points, points, points, points, points), epoch=1)
    >>> sorted(sorted(draw.index.tolist()) for draw in sampler)
    [[0, 2], [1, 3]]
    """

    few_classes = True  # in a batch, if samples_per_class is None
    first: Share = 1.0
    last: Share = 1.0
    epochs: Count = 1
    samples_per_class: Count | None = None
    drop_last: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.first > self.last:
            raise InputError(
                f"sampler: first must not be above last, got first={self.first} and "
                f"last={self.last}: set sampler.first=0 and sampler.last=1"
            )
        self._groups: Groups | None = None
        self.sizes = self.cut(len(self.labels), self.drop_last)
        each = self.samples_per_class
        if each is not None:
            names, ranks = self.classes, self.world_size
            rows = rows_of_each_class(self.labels, self.batch_size, each, ranks, names)
            self._groups = Groups(compact_classes(self.labels), each)
            self._layout = Layout(rows // each, self.joined // each)
            sizes = self._layout.sizes * each
            self.sizes = sizes[: self._layout.full] if self.drop_last else sizes
        self.full = int(np.count_nonzero(self.sizes == self.joined))
        self._orders = torch.empty((0, int(self.sizes.sum())), dtype=torch.int32)
        self._since = 0  # the epoch of the first order

    @property
    def follows(self) -> bool:
        """Whether it was refreshed with an embedding."""
        return len(self._orders) > 0

    def share(self, epoch: int) -> float:
        """The share of the full batches that are neighbourhoods.

        >>> sampler = ClusteredSampler(np.zeros(8), 2, first=0.0, last=0.8, epochs=4)
        >>> [round(sampler.share(epoch), 1) for epoch in range(6)]
        [0.0, 0.2, 0.4, 0.6, 0.8, 0.8]
        """
        return self.first + (self.last - self.first) * min(1.0, epoch / self.epochs)

    def order(self, random: np.random.Generator) -> np.ndarray:
        if not self.follows:
            if self._groups is None:
                return random.permutation(len(self.labels))
            return self._groups(random).take(self._layout.deal(random), axis=0).ravel()
        rows = self._orders[(self.epoch - self._since) % len(self._orders)].long().numpy()
        full = self.full * self.joined
        batches = rows[:full].reshape(self.full, self.joined)[random.permutation(self.full)]
        if self.first < 1:
            near = int(self.share(self.epoch) * self.full + 0.5)
            if near < self.full:
                batches[near:] = self._mixed(batches[near:], random)
            batches = batches[random.permutation(self.full)]
        return np.concatenate((batches.ravel(), rows[full:]))

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Computes the neighbourhoods of the epochs from ``epoch`` to the next refresh."""
        points = embedded.embedding.float()
        epochs = range(epoch, epoch + self.refresh_every)
        orders = [self._near(points, np.random.default_rng((self.seed, e, 1))) for e in epochs]
        self._orders, self._since = torch.stack(orders), epoch

    def _near(self, points: Tensor, random: np.random.Generator) -> Tensor:
        if self._groups is None:
            rows = near_rows(points, self.joined, random)
        else:
            rows = near_groups(points, self._groups, self._layout, random)
        return rows[: self._orders.shape[1]].int()

    def _mixed(self, batches: np.ndarray, random: np.random.Generator) -> np.ndarray:
        if self.samples_per_class is None:
            return random.permutation(batches.ravel()).reshape(batches.shape)
        return mixed_groups(batches, self.labels, self.samples_per_class, random)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "orders": self._orders, "since": self._since}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises ``InputError`` for a state with other batches, or of another sampler."""
        super().load_state_dict(state)
        orders = state.get("orders")
        if orders is None or orders.shape[1] != self._orders.shape[1]:
            raise InputError(
                "the checkpoint holds no neighbourhoods of these training rows: resume with the "
                "data, the sampler and the batch_size x ranks of the first run"
            )
        self._orders, self._since = orders, state["since"]
