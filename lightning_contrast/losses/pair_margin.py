"""The original contrastive loss on pairs."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.errors import InputError
from lightning_contrast.losses._distance import euclidean
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def pair_values(
    similarity: Float[Tensor, "a c"],
    positive: Float[Tensor, "a c"],
    positive_margin: float,
    negative_margin: float,
    power: int,
) -> Float[Tensor, "a c"]:
    """Each pair's value, as a positive where ``positive`` is 1 and as a negative where it is 0."""
    # One hinge for both: d - m_p on positives, m_n - d on negatives.
    offset = negative_margin - (negative_margin + positive_margin) * positive
    over = torch.addcmul(offset, 2 * positive - 1, euclidean(similarity)).relu()
    return over * over / 2 if power == 2 else over


class PairMargin(Loss):
    r"""Contrastive loss on pairs: positives together, negatives at least a margin apart.

    .. math::
        L = \frac{1}{q|P|} \sum_{p} \max(0, d_p - m_p)^q
          + \frac{1}{q|N|} \sum_{n} \max(0, m_n - d_n)^q

    ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit vectors, from 0 to 2. ``q = 2`` and
    ``m_p = 0`` give the paper's; ``q = 1`` gives pytorch-metric-learning's ``ContrastiveLoss``.

    Args:
        positive_margin: positives nearer than this are left alone.
        negative_margin: negatives farther than this are left alone.
        power: ``q``, 1 or 2.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Raises:
        InputError: the margins are not ``0 <= positive < negative <= 2``, or power is not 1 or 2.

    Source: Hadsell, Chopra, LeCun 2006, "Dimensionality reduction by learning an invariant
    mapping".

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.92]]); mask = torch.tensor([[True, False]])
    >>> round(PairMargin()(s, Pairs(mask, ~mask))[0].item(), 4)
    0.68
    """

    def __init__(
        self, positive_margin: float = 0.0, negative_margin: float = 1.0, power: int = 2
    ) -> None:
        super().__init__()
        if not 0 <= positive_margin < negative_margin <= 2:
            raise InputError(
                "margins must be 0 <= positive_margin < negative_margin <= 2 (distances of unit "
                f"vectors), got {positive_margin} and {negative_margin}: set 0 and 1"
            )
        if power not in (1, 2):
            raise InputError(f"power must be 1 or 2, got {power}: set power=2")
        self.positive_margin, self.negative_margin = positive_margin, negative_margin
        self.power = power

    def pair_values(self, similarity: Tensor, positive: Tensor) -> Tensor:
        margins = self.positive_margin, self.negative_margin
        return pair_values(similarity, positive, *margins, self.power)

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        positive, negative = (masked.weights(mask, similarity) for mask in pairs[:2])
        values = self.pair_values(similarity, positive)
        return masked.mean_of_pairs(values, positive, negative)
