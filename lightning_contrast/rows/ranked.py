"""A few ranked partners of every row, from which positives or negatives are drawn."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError


class Ranked:
    """The partners of ranks ``first`` to ``last`` (from 1) of each of ``rows`` rows.

    ``row (rows, last - first + 1)``, int32; the first ``count`` of each row are set (none at the
    start). Both are in shared memory and written in place: worker processes that draw see what the
    main process writes between two epochs. ``k``: partners that are drawn at a time; ``group``: the
    config group that draws. Raises ``InputError`` for ranks in the wrong order, and for fewer ranks
    than ``k``.

    >>> ranked = Ranked(2, first=1, last=2, group="negatives")
    >>> ranked.write(slice(0, 1), torch.tensor([[7, 8]]), torch.tensor([[True, False]]))
    >>> none = np.array([[0], [0]])
    >>> ranked.draw(np.arange(2), none, np.random.default_rng(0)).tolist()
    [[7], [0]]
    """

    def __init__(self, rows: int, first: int, last: int, group: str, k: int = 1) -> None:
        if first > last:
            raise InputError(
                f"{group}.first and {group}.last must be ranks, first not above last, got "
                f"{first} and {last}: set {group}.first=1 {group}.last={first}"
            )
        if k > last - first + 1:
            raise InputError(
                f"{group}.k must be at most the {last - first + 1} ranks from first={first} to "
                f"last={last}, got {k}: set {group}.last={first + k - 1}"
            )
        self.first, self.last = first, last
        self.row = torch.full((rows, last - first + 1), -1, dtype=torch.int32).share_memory_()
        self.count = torch.zeros(rows, dtype=torch.int32).share_memory_()
        self.buffers = {"row": self.row, "count": self.count}

    def write(self, rows: Any, partner: Tensor, found: Tensor) -> None:
        """Sets the partners of ``rows``, best first, up to the first that is not ``found``.

        ``partner`` and ``found`` are ``(r, ranks)``.
        """
        kept = slice(self.first - 1, self.last)
        partner, found = partner[:, kept], found[:, kept]
        self.row[rows] = -1
        self.row[rows, : partner.shape[1]] = partner.int().masked_fill_(~found, -1)
        self.count[rows] = found.int().cumprod(1).sum(1, dtype=torch.int32)

    def draw(
        self, index: np.ndarray, otherwise: np.ndarray, random: np.random.Generator
    ) -> np.ndarray:
        """Partners of the rows ``index (n,)``, drawn at random: ``(n, k)`` as ``otherwise``.

        They are different, until a row has no more; then they repeat. A row without partners gets
        its values of ``otherwise``.
        """
        count = self.count.numpy()[index][:, None]
        order = random.random((len(index), self.row.shape[1]))
        order += np.arange(order.shape[1]) >= count  # places without a partner are sorted last
        turn = np.arange(otherwise.shape[1]) % np.maximum(count, 1)
        column = np.take_along_axis(order.argsort(axis=1), turn, axis=1)
        return np.where(count > 0, self.row.numpy()[index[:, None], column], otherwise)
