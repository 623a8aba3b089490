"""The rows that the classifier got wrong while being sure."""

from typing import NamedTuple

from torch import Tensor

from lightning_contrast.types import Embedded


class Mistake(NamedTuple):
    """A row (its number in the source), its class, what was predicted, with what probability."""

    row: int
    true: int
    predicted: int
    confidence: float


def worst_mistakes(split: Embedded, probabilities: Tensor, count: int = 24) -> list[Mistake]:
    """At most ``count`` wrongly classified rows of a labelled split, the most confident first.

    >>> import torch
    >>> eye, label = torch.eye(2), torch.tensor([0, 0])
    >>> split = Embedded(eye, eye, eye, label, torch.tensor([7, 8]))
    >>> [(m.row, m.predicted) for m in worst_mistakes(split, eye)]
    [(8, 1)]
    """
    confidence, predicted = probabilities.max(dim=1)
    wrong = (predicted != split.label).nonzero()[:, 0]
    order = wrong[confidence[wrong].argsort(descending=True, stable=True)][:count]
    columns = (split.index, split.label, predicted, confidence)
    return [Mistake(*row) for row in zip(*(c[order].tolist() for c in columns), strict=True)]
