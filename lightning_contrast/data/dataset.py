"""From a sampler's draw to a batch, in one go."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from lightning_contrast.data.inputs import apply
from lightning_contrast.types import Batch, Draw, Examples, Inputs

Partners = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Positives or negatives: positions ``(n,)`` to positions ``(p n,)``, ``(0,)`` or ``(n, k)``."""


class ContrastiveDataset(Dataset[Batch]):
    """The rows of a split; ``__getitems__(draw)`` gives the ``Batch`` of a ``Draw``.

    Args:
        inputs: row numbers of the source ``(r,)`` to their inputs, ``(r, ...)``.
        label: of every row of the source, ``(N,)``.
        rows: the split's row numbers in the source; what a draw, ``positives`` and ``negatives``
            speak of are positions in it, so that none of them can leave the split.
        positives: the positive of each drawn row.
        negatives: the k explicit negatives of each drawn row.
        pair: of every row of the source ``(N,)``, the row that is its pair; None without any.
            Position ``len(rows) + i`` is the pair of position ``i``.

    ``Examples.index`` is the row number in the source, of a pair that of its row. All random
    choices come from ``draw.seed``: a batch is the same in whichever worker it is made.
    """

    def __init__(
        self,
        inputs: Callable[[np.ndarray], Inputs],
        label: np.ndarray,
        rows: np.ndarray,
        positives: Partners,
        negatives: Partners,
        pair: np.ndarray | None = None,
    ) -> None:
        self.inputs = inputs
        self.label = label
        self.rows = rows
        self.positives = positives
        self.negatives = negatives
        # By position: the row of the source that is read, and the one under whose name it goes.
        self._read = rows if pair is None else np.append(rows, pair[rows])
        self._index = rows if pair is None else np.tile(rows, 2)
        self._random = any(getattr(rule, "draws_rows", True) for rule in (positives, negatives))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> Batch:
        return self.__getitems__(Draw(np.array([position]), position))

    # The fetcher of a DataLoader hands over what the batch sampler yields, whole and as it is.
    def __getitems__(self, draw: Draw) -> Batch:
        # Seeding a generator takes 2 % of a 5 ms step: not for rules that draw no rows.
        random: Any = np.random.default_rng(draw.seed) if self._random else None
        positive = self.positives(draw.index, random)
        negative = self.negatives(draw.index, random)
        n, k = negative.shape
        # One read for the whole batch: a text is padded to one length in all three parts. A row
        # that is its own positive, perhaps several times, is read once.
        copies = len(positive) // max(n, 1)
        own = copies > 0 and np.array_equal(positive, np.tile(draw.index, copies))
        drawn = 0 if own else len(positive)
        position = draw.index
        if drawn or k:
            position = np.concatenate((position, positive[:drawn], negative.ravel()))
        index = self._index[position]
        read = index if self._read is self._index else self._read[position]
        inputs, label = self.inputs(read), torch.from_numpy(self.label[index])
        everything = Examples(inputs, label, torch.from_numpy(index))
        anchor = _part(everything, 0, n, n) if drawn or k else everything
        explicit = _part(everything, n + drawn, n * k, n, k)
        if not own:
            return Batch(anchor, _part(everything, n, drawn, drawn), explicit)
        return Batch(anchor, anchor if copies == 1 else _again(anchor, copies), explicit)


def _again(rows: Examples, times: int) -> Examples:
    def repeat(column: Tensor) -> Tensor:
        return column.repeat(times, *(1 for _ in column.shape[1:]))

    return Examples(apply(repeat, rows.inputs), repeat(rows.label), repeat(rows.index))


def _part(rows: Examples, first: int, count: int, *shape: int) -> Examples:
    if not count:  # most batches have such a part or two
        columns = rows.inputs if isinstance(rows.inputs, dict) else {"": rows.inputs}
        return _none(shape, tuple((k, c.shape[1:], c.dtype) for k, c in columns.items()))

    def cut(column: Tensor) -> Tensor:
        return column.narrow(0, first, count).view(*shape, *column.shape[1:])

    return Examples(apply(cut, rows.inputs), cut(rows.label), cut(rows.index))


@lru_cache(maxsize=256)
def _none(
    shape: tuple[int, ...], columns: tuple[tuple[str, torch.Size, torch.dtype], ...]
) -> Examples:
    """No rows, for batches of the same columns."""
    inputs = {key: torch.empty(*shape, *row, dtype=dtype) for key, row, dtype in columns}
    none = torch.empty(shape, dtype=torch.int64)
    return Examples(inputs.get("", inputs), none, none)
