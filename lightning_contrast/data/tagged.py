"""The true and the predicted tags of a split."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from lightning_contrast.metrics.decode import best_tags
from lightning_contrast.metrics.spans import span_scores
from lightning_contrast.types import Embedded


class Tagged(NamedTuple):
    """Texts: row numbers ``(n,)``, numbers of tokens, true and predicted tags."""

    row: np.ndarray
    sizes: list[int]
    gold: list[list[str]]
    predicted: list[list[str]]

    @property
    def scores(self) -> dict[str, float]:
        return span_scores(self.gold, self.predicted)


def tagged_split(split: Embedded, classes: Sequence[str]) -> Tagged:
    """The true and the predicted tags of each text of a split.

    >>> import torch
    >>> logits, index = 9 * torch.eye(3)[[1, 2, 0]], torch.tensor([4, 4, 7])
    >>> none = torch.zeros(3, 1)
    >>> found = tagged_split(Embedded(none, none, logits, torch.tensor([1, 2, 1]), index), ["O",
    ...     "B-a", "I-a"])
    >>> found.row.tolist(), found.gold, found.predicted
    ([4, 7], [['B-a', 'I-a'], ['B-a']], [['B-a', 'I-a'], ['O']])
    """
    row, sizes = texts_of(split.index)
    names = np.array(list(classes))
    predicted = [names[tags].tolist() for tags in best_tags(split.logits, sizes, classes)]
    parts = split.label.split(sizes) if sizes else []
    gold = [names[part.numpy()].tolist() for part in parts]
    return Tagged(row, sizes, gold, predicted)


def texts_of(index: Tensor) -> tuple[np.ndarray, list[int]]:
    """The row numbers of the texts in order, and the number of places of each."""
    number = index.numpy()
    if not len(number):
        return number, []
    start = np.flatnonzero(np.concatenate(([True], number[1:] != number[:-1])))
    return number[start], np.diff(np.append(start, len(number))).tolist()
