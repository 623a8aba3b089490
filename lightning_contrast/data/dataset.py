"""Makes a batch from a sampler's draw."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from lightning_contrast.batch import NO_INDEX, Batch, Counts, apply
from lightning_contrast.data.collate import joined
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.positives.positives import Positives
from lightning_contrast.types import Draw, Inputs

Writer = Callable[[np.ndarray, Callable[[str], str]], tuple[Inputs, np.ndarray]]


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
        write: row numbers of the source and a function of a text, to the inputs of the texts that
            it makes, and which of them are new; for negatives that ``writes_texts``.

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
        write: Writer | None = None,
    ) -> None:
        self.inputs = inputs
        self.label, self.places, self.write = label, places, write
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
        drawn = negative.ravel()
        position = np.concatenate((anchor, positive, drawn))
        # Rows that are their own positives, perhaps several times, are read once.
        again = p if np.array_equal(positive, np.tile(anchor, p)) else 0
        front = anchor if again else position[: len(position) - len(drawn)]
        index, read = self._index[position], self._read[position]
        label = self.label[read]
        if self.write is None:
            # One read for the whole batch pads all texts of anchors, positives and negatives alike.
            inputs = self.inputs(self._read[np.concatenate((front, drawn))])
        else:
            made, new = self.write(self._read[drawn], partial(self.negatives.write, random=random))
            inputs = joined(self.inputs(self._read[front]), made)
            # A new text is of no label, and of no row.
            place = len(position) - len(drawn) + np.flatnonzero(new)
            index[place], label[place] = NO_INDEX, -1
        inputs = repeated(inputs, n, again)
        places = None if self.places is None else self.places(read)
        labels = torch.from_numpy(label if places is None else places)
        return Batch(inputs, labels, torch.from_numpy(index), Counts(n, p, k), places)


def repeated(inputs: Inputs, first: int, times: int) -> Inputs:
    """The inputs with copies of their ``first`` rows, ``times`` more, right after these.

    >>> repeated(torch.tensor([1, 2, 3]), first=2, times=1).tolist()
    [1, 2, 1, 2, 3]
    """

    def repeat(rows: Tensor) -> Tensor:
        return torch.cat([rows[:first]] * (1 + times) + [rows[first:]])

    return apply(repeat, inputs) if times else inputs
