"""Makes a batch from a sampler's draw."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from lightning_contrast.batch import Batch, Counts, apply
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.positives.positives import Positives
from lightning_contrast.types import Draw, Inputs


class ContrastiveDataset(Dataset[Batch]):
    """The rows of a split; ``__getitems__(draw)`` gives the ``Batch`` of a ``Draw``.

    Args:
        inputs: row numbers of the source ``(r,)`` to their inputs, ``(r, ...)``.
        label: of every row of the source, ``(N,)``.
        rows: row numbers of the split in the source. A draw, ``positives`` and ``negatives`` give
            positions in it, so that they can't leave the split.
        positives: the positive of each drawn row.
        negatives: the k explicit negatives of each drawn row.
        partners: row numbers of what is drawn beside them as positives: ``partners[j]`` is at
            position ``len(rows) + j``.
        identity: of every row of the source, ``(N,)``: ``Batch.index`` holds it; None: the number
            of the row.
        places: row numbers of the source ``(r,)`` to the labels of their places, ``(r, t)``; None
            where a row has one label.

    All random
    choices come from ``draw.seed``: a batch is the same in whichever worker it is made.
    """

    def __init__(
        self,
        inputs: Callable[[np.ndarray], Inputs],
        label: np.ndarray,
        rows: np.ndarray,
        positives: Positives,
        negatives: Negatives,
        partners: np.ndarray | None = None,
        identity: np.ndarray | None = None,
        places: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.inputs = inputs
        self.label, self.places = label, places
        self.rows = rows
        self.positives = positives
        self.negatives = negatives
        # By position: the row of the source that is read, and its number in ``Batch.index``.
        self._read = rows if partners is None else np.append(rows, partners)
        self._index = self._read if identity is None else identity[self._read]
        self._random = positives.draws_rows or negatives.draws_rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> Batch:
        return self.__getitems__(Draw(np.array([position]), position))

    # A DataLoader passes each item of the batch sampler, here a draw, to ``__getitems__``.
    def __getitems__(self, draw: Draw) -> Batch:
        # Seeding a generator takes 2 % of a 5 ms step; rules that draw no rows need none.
        random: Any = np.random.default_rng(draw.seed) if self._random else None
        anchor = draw.index
        positive, negative = self.positives(anchor, random), self.negatives(anchor, random)
        n, k = negative.shape
        p = len(positive) // max(n, 1)
        position = np.concatenate((anchor, positive, negative.ravel()))
        # Rows that are their own positives, perhaps several times, are read once.
        again = p if np.array_equal(positive, np.tile(anchor, p)) else 0
        once = np.concatenate((anchor, negative.ravel())) if again else position
        # One read for the whole batch pads all texts of anchors, positives and negatives alike.
        inputs = repeated(self.inputs(self._read[once]), n, again)
        index = self._index[position]
        read = self._read[position]
        places = None if self.places is None else self.places(read)
        label = torch.from_numpy(self.label[read] if places is None else places)
        return Batch(inputs, label, torch.from_numpy(index), Counts(n, p, k), places)


def repeated(inputs: Inputs, first: int, times: int) -> Inputs:
    """The inputs with copies of their ``first`` rows, ``times`` more, right after these.

    >>> repeated(torch.tensor([1, 2, 3]), first=2, times=1).tolist()
    [1, 2, 1, 2, 3]
    """

    def repeat(rows: Tensor) -> Tensor:
        return torch.cat([rows[:first]] * (1 + times) + [rows[first:]])

    return apply(repeat, inputs) if times else inputs
