"""What a classifier says of one row."""

from typing import NamedTuple

from torch import Tensor


class Prediction(NamedTuple):
    """The predicted class's name, and the probability of every class."""

    label: str
    probabilities: dict[str, float]


def predictions(logits: Tensor, classes: list[str]) -> list[Prediction]:
    """One ``Prediction`` a row of logits ``(n, classes)``.

    >>> import torch
    >>> predictions(torch.tensor([[0.0, 10.0]]), ["cat", "dog"])[0].label
    'dog'
    """
    chances = logits.float().softmax(1)
    best = chances.argmax(1).tolist()
    return [
        Prediction(classes[top], dict(zip(classes, row, strict=True)))
        for top, row in zip(best, chances.tolist(), strict=True)
    ]
