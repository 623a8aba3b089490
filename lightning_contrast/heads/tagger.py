"""A tag for each place."""

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lightning_contrast.config.ranges import BelowOne, Count, Range
from lightning_contrast.heads._of_places import flat, labels
from lightning_contrast.heads.head import Head
from lightning_contrast.types import Answer


class Tagger(Head):
    """Softmax regression on each place: features ``(r, t, f)`` to logits ``(r, t, classes)``.

    Args:
        in_features: feature width ``f``.
        classes: number of tags.
        detach: no gradient reaches the encoder.
        dropout: of the features.
        label_smoothing: share of the target spread over all tags.

    Places without a label, below 0, are left out.

    Raises:
        InputError: fewer than two tags.

    >>> import torch
    >>> head = Tagger(4, classes=3)
    >>> _ = torch.nn.init.zeros_(head.linear.bias)
    >>> total, places = head.loss(torch.zeros(1, 3, 4), torch.tensor([[0, 2, -2]]))
    >>> round(total.item(), 3), places.item()
    (2.197, 2.0)
    """

    answer = Answer.SPANS

    def __init__(
        self,
        in_features: Count,
        classes: Annotated[int, Range(least=2)],
        detach: bool = False,
        dropout: BelowOne = 0.0,
        label_smoothing: BelowOne = 0.0,
    ) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes
        self.detach, self.dropout, self.label_smoothing = detach, dropout, label_smoothing
        self.drop, self.linear = nn.Dropout(dropout), nn.Linear(in_features, classes)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(self.drop(features))

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the cross-entropy over the places with a label, and their number."""
        logits = self(features.detach() if self.detach else features).float()
        label = labels(target)
        total = cross_entropy(
            flat(logits),
            label,
            ignore_index=-1,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
        return total, (label >= 0).sum(dtype=total.dtype)

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        return flat(self(features)), labels(label)
