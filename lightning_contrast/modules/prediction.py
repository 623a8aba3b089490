"""What a classifier says of one row."""

from typing import Any, NamedTuple

from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.types import Answer

NO_CLASSES = (
    "the network was trained without a head, so that it knows no classes: use embed or search, or "
    "name classes=[cat,dog] for one of pictures and texts (from Python: prompted)"
)


class Prediction(NamedTuple):
    """The predicted class's name, None where the classifier abstains; every class's probability.

    Of a classifier of several labels a list of names, which may be empty. ``match``: how likely the
    row belongs to the best class at all, where classes are known by their names (``Matching``).
    """

    label: str | list[str] | None
    probabilities: dict[str, float]
    match: float | None = None


def decisions(network: Any, features: Tensor, abstain_below: float | None) -> list[Prediction]:
    """``modules.network.Network.decide``."""
    head, classes = network.head, network.classes
    if head.answer is Answer.LABELS:
        return set_predictions(head(features).float().sigmoid(), classes, head.thresholds)
    if head.answer is not Answer.CLASS:
        return [Prediction(None, {}) for _ in features]
    logits = head(features)
    found = predictions(logits, classes, network.temperature, abstain_below)
    if network.matching is None or not head.names_classes:
        return found
    chances = network.matching.probability(logits.max(1).values * head.temperature).tolist()
    return [one._replace(match=each) for one, each in zip(found, chances, strict=True)]


def predictions(
    logits: Tensor,
    classes: list[str],
    temperature: float | None = None,
    abstain_below: float | None = None,
) -> list[Prediction]:
    """One ``Prediction`` a row of logits ``(n, classes)``.

    ``temperature`` divides the logits, if there is one. ``abstain_below``: no label where even the
    best class is less probable.

    >>> import torch
    >>> predictions(torch.tensor([[0.0, 10.0]]), ["cat", "dog"])[0].label
    'dog'
    >>> predictions(torch.tensor([[0.0, 0.1]]), ["cat", "dog"], abstain_below=0.9)[0].label
    """
    check_abstain_below(abstain_below)
    scaled = logits.float() if temperature is None else logits.float() / temperature
    best, place = scaled.softmax(1).max(1)
    return [
        Prediction(
            classes[top] if abstain_below is None or chance >= abstain_below else None,
            dict(zip(classes, row, strict=True)),
        )
        for chance, top, row in zip(
            best.tolist(), place.tolist(), scaled.softmax(1).tolist(), strict=True
        )
    ]


def set_predictions(chances: Tensor, classes: list[str], thresholds: Tensor) -> list[Prediction]:
    """One ``Prediction`` a row of probabilities ``(n, labels)``: the labels above their thresholds.

    >>> import torch
    >>> set_predictions(torch.tensor([[0.9, 0.25]]), ["a", "b"], torch.full((2,), 0.5))
    [Prediction(label=['a'], probabilities={'a': 0.8999999761581421, 'b': 0.25}, match=None)]
    """
    return [
        Prediction(
            [name for name, chosen in zip(classes, given, strict=True) if chosen],
            dict(zip(classes, row, strict=True)),
        )
        for given, row in zip((chances > thresholds).tolist(), chances.tolist(), strict=True)
    ]


def check_abstain_below(abstain_below: float | None) -> None:
    """Raises ``InputError`` unless it is a probability, or None.

    >>> check_abstain_below(0.5)
    """
    if abstain_below is not None and not 0 <= abstain_below <= 1:
        raise InputError(
            f"abstain_below must be a probability from 0 to 1, got {abstain_below}: "
            "set abstain_below=0.8, or null to label every row"
        )
