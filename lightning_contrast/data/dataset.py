"""From a sampler's draw to a batch, in one go."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from lightning_contrast.data.inputs import apply
from lightning_contrast.types import Batch, Draw, Examples, Inputs

Partners = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Positives or negatives: positions ``(n,)`` to positions ``(n,)``, ``(0,)`` or ``(n, k)``."""


class ContrastiveDataset(Dataset[Batch]):
    """The rows of a split; ``__getitems__(draw)`` gives the ``Batch`` of a ``Draw``.

    Args:
        inputs: row numbers of the source ``(r,)`` to their inputs, ``(r, ...)``.
        label: of every row of the source, ``(N,)``.
        rows: the split's row numbers in the source; what a draw, ``positives`` and ``negatives``
            speak of are positions in it, so that none of them can leave the split.
        positives: the positive of each drawn row.
        negatives: the k explicit negatives of each drawn row.

    ``Examples.index`` is the row number in the source. All random choices come from ``draw.seed``:
    a batch is the same in whichever worker it is made.
    """

    def __init__(
        self,
        inputs: Callable[[np.ndarray], Inputs],
        label: np.ndarray,
        rows: np.ndarray,
        positives: Partners,
        negatives: Partners,
    ) -> None:
        self.inputs = inputs
        self.label = label
        self.rows = rows
        self.positives = positives
        self.negatives = negatives

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> Batch:
        return self.__getitems__(Draw(np.array([position]), position))

    # The fetcher of a DataLoader hands over what the batch sampler yields, whole and as it is.
    def __getitems__(self, draw: Draw) -> Batch:
        random = np.random.default_rng(draw.seed)
        positive = self.positives(draw.index, random)
        negative = self.negatives(draw.index, random)
        n, k = negative.shape
        # One read for the whole batch: a text is padded to one length in all three parts. A row
        # that is its own positive is read once.
        own = np.array_equal(positive, draw.index)
        wanted = (draw.index, positive[:0] if own else positive, negative.ravel())
        index = self.rows[np.concatenate(wanted)]
        inputs, label = self.inputs(index), torch.from_numpy(self.label[index])
        everything = Examples(inputs, label, torch.from_numpy(index))
        anchor = _part(everything, slice(0, n))
        rest = len(index) - n * k
        explicit = _part(everything, slice(rest, None), lambda part: part.unflatten(0, (n, k)))
        return Batch(anchor, anchor if own else _part(everything, slice(n, rest)), explicit)


def _part(
    rows: Examples, where: slice, shape: Callable[[Tensor], Tensor] | None = None
) -> Examples:
    def cut(column: Tensor) -> Any:
        return column[where] if shape is None else shape(column[where])

    return Examples(apply(cut, rows.inputs), cut(rows.label), cut(rows.index))
