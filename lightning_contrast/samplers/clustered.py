"""A batch is a neighbourhood of the embedding: hard negatives by construction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._feasible import compact_classes, rows_of_each_class
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers._neighbourhoods import near_groups, near_rows
from lightning_contrast.samplers.class_balanced import ClassBalancedSampler
from lightning_contrast.samplers.sampler import Sampler
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.types import Embedded


class ClusteredSampler(Sampler):
    """Batches of rows near one another in the embedding, which is looked at again now and then.

    ``samples_per_class`` None: a batch is a neighbourhood, whatever its labels (for pairings that
    look at none: it holds few classes). K: a batch is P = ``batch_size`` / K groups, near one
    another and of different classes, of K rows near one another. ``refresh_every``: epochs between
    two looks; before the first, and in what stands behind the full batches, rows are random. Every
    epoch has other neighbourhoods, cut by other directions (``halving``).

    No row comes twice in an epoch. It leaves out random rows, as many as ``ShuffledSampler``, or
    with K ``ClassBalancedSampler``, leaves out. The orders of the epochs until the next look are
    part of the state: 4 bytes a row and epoch.

    ``labels (N,)``: of the training split. ``batch_size``: rows a rank; the neighbourhood is that
    of the ranks' joined batch. ``classes``: their names, for the errors. Raises ``InputError`` for
    ``refresh_every`` < 1, and with K as ``ClassBalancedSampler`` does.

    Source: after Sachidananda et al. 2022, arXiv:2210.12874 (batches chosen over the whole epoch),
    by another search.

    >>> sampler = ClusteredSampler(np.zeros(4, dtype=np.int64), batch_size=2)
    >>> points = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.6, 0.8]])
    >>> sampler.refresh(Embedded(points, points, points, points, points), epoch=1)
    >>> sorted(sorted(draw.index.tolist()) for draw in sampler)
    [[0, 2], [1, 3]]
    """

    few_classes = True  # a batch, where samples_per_class is None

    def __init__(
        self,
        labels: np.ndarray,
        batch_size: int,
        samples_per_class: int | None = None,
        refresh_every: int = 1,
        drop_last: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        classes: Sequence[str] | None = None,
    ) -> None:
        super().__init__(batch_size, seed, rank, world_size)
        if refresh_every < 1:
            raise InputError(
                f"sampler: refresh_every must be 1 epoch or more, got {refresh_every}: set "
                "sampler.refresh_every=1"
            )
        self.labels = labels
        self.samples_per_class = each = samples_per_class
        self.refresh_every = refresh_every
        self.drop_last = drop_last
        self.classes = classes
        self.joined = batch_size * world_size
        rest: tuple[bool, int, int, int] = (drop_last, seed, rank, world_size)
        self._random: Sampler = (
            ShuffledSampler(labels, batch_size, *rest)
            if each is None
            else ClassBalancedSampler(labels, batch_size, each, *rest, classes)
        )
        self.sizes = self._random.sizes
        self.full = int(np.count_nonzero(self.sizes == self.joined))
        self._groups: Groups | None = None
        if each is not None:
            rows = rows_of_each_class(labels, batch_size, each, world_size, classes)
            self._groups = Groups(compact_classes(labels), each)
            self._layout = Layout(rows // each, self.joined // each)
        self._orders = torch.empty((0, int(self.sizes.sum())), dtype=torch.int32)
        self._since = 0  # the epoch of the first order

    @property
    def follows(self) -> bool:
        """Whether it has looked at the embedding."""
        return len(self._orders) > 0

    def order(self, random: np.random.Generator) -> np.ndarray:
        if not self.follows:
            return self._random.order(random)
        rows = self._orders[(self.epoch - self._since) % len(self._orders)].long().numpy()
        full = self.full * self.joined
        batches = rows[:full].reshape(self.full, self.joined)[random.permutation(self.full)]
        return np.concatenate((batches.ravel(), rows[full:]))

    def refresh(self, embedded: Embedded, epoch: int) -> None:
        """Neighbourhoods of ``embedded``, row i being row i, for the epochs from ``epoch`` on."""
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

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "orders": self._orders, "since": self._since}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises ``InputError`` for the state of other batches, or of another sampler."""
        super().load_state_dict(state)
        orders = state.get("orders")
        if orders is None or orders.shape[1] != self._orders.shape[1]:
            raise InputError(
                "the checkpoint holds no neighbourhoods of these training rows: resume with the "
                "data, the sampler and the batch_size x ranks of the first run"
            )
        self._orders, self._since = orders, state["since"]
