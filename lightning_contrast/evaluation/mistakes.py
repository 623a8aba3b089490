"""The rows that the classifier got wrong while being sure."""

from typing import NamedTuple

from lightning_contrast.types import Embedded


class Mistake(NamedTuple):
    """A row (its number in the source), its class, what was predicted, with what probability."""

    row: int
    true: str
    predicted: str
    confidence: float


def worst_mistakes(split: Embedded, classes: tuple[str, ...], count: int = 24) -> list[Mistake]:
    """At most ``count`` wrongly classified rows of a labelled split, the most confident first.

    >>> import torch
    >>> eye, label = torch.eye(2), torch.tensor([0, 0])
    >>> [(m.row, m.predicted) for m in worst_mistakes(
    ...     Embedded(eye, eye, eye, label, torch.tensor([7, 8])), ("a", "b"))]
    [(8, 'b')]
    """
    confidence, predicted = split.logits.softmax(dim=1).max(dim=1)
    wrong = (predicted != split.label).nonzero().squeeze(1)
    order = wrong[confidence[wrong].argsort(descending=True, stable=True)][:count]
    columns = (split.index, split.label, predicted, confidence)
    return [
        Mistake(row, classes[true], classes[guess], sure)
        for row, true, guess, sure in zip(*(c[order].tolist() for c in columns), strict=True)
    ]
