"""Pair loss on cosines."""

from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def cosine_margin(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    pull, count = masked.mean(1 - similarity, pairs.positive)
    push, _ = masked.mean((similarity - margin).relu(), pairs.negative)
    return masked.total(pull + push, count > 0)


Margin = Annotated[float, Range(least=-1, below=1, unit="no cosine exceeds 1")]


class CosineMargin(Loss):
    r"""Cosine embedding loss: positives pulled to cosine 1, negatives pushed under a margin.

    .. math::
        L = \frac{1}{|P|} \sum_{p} (1 - s_p) + \frac{1}{|N|} \sum_{n} \max(0, s_n - m)

    A margin of 1 would make the second term 0 for every input (no cosine exceeds 1), and then all
    rows fall onto one point: the margin must be below 1, and is best at 0 to 0.5.

    Args:
        margin: ``-1 <= m < 1``; negatives below it are left alone.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: the pair form of ``torch.nn.CosineEmbeddingLoss``.

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.6]]); mask = torch.tensor([[True, False]])
    >>> round(CosineMargin(margin=0.5)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.3
    """

    def __init__(self, margin: Margin = 0.2) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return cosine_margin(similarity, pairs, self.margin)
