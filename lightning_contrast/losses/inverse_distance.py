"""Positives near, negatives pushed by the inverse square of their distance."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def inverse_distance(
    similarity: Float[Tensor, "a c"], pairs: Pairs, push: float, least: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    square = 2 - 2 * similarity.clamp(max=1)
    pull, count = masked.mean(square, pairs.positive, pairs.weight)
    away, _ = masked.mean(push / (square + least), pairs.negative)
    return masked.total(pull + away, count > 0)


class InverseDistance(Loss):
    r"""Distance metric loss of FOCAL: positives together, negatives away, most of all near ones.

    .. math::
        L = \frac{1}{|P|} \sum_{p} d_p^2 + \frac{1}{|N|} \sum_{n} \frac{\beta}{d_n^2 + \epsilon}

    ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit vectors; with
    ``engine.similarity=euclidean`` that of embeddings of any length, as in the paper.

    Args:
        push: ``beta``, weight of the negatives.
        least: ``epsilon``: a negative costs ``beta / epsilon`` at most.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Li et al. 2021 (arXiv:2010.01112), equation 10.

    >>> import torch
    >>> s = torch.tensor([[0.5, -1.0]]); mask = torch.tensor([[True, False]])
    >>> round(InverseDistance(push=1.0, least=1.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    1.2
    """

    similarities = ("cosine", "euclidean")
    weighs_positives = True

    def __init__(self, push: NotNegative = 1.0, least: Positive = 0.1) -> None:
        super().__init__()
        self.push, self.least = push, least

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return inverse_distance(similarity, pairs, self.push, self.least)
