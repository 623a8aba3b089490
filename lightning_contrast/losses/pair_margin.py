"""The original contrastive loss on pairs."""

from typing import Annotated, Literal

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def pair_margin(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    positive_margin: float,
    negative_margin: float,
    power: int,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    distance = euclidean(similarity)
    pull, count = masked.mean((distance - positive_margin).relu() ** power, pairs.positive)
    push, _ = masked.mean((negative_margin - distance).relu() ** power, pairs.negative)
    return masked.total((pull + push) / power, count > 0)


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
        InputError: the positive margin is not below the negative one.

    Source: Hadsell, Chopra, LeCun 2006, "Dimensionality reduction by learning an invariant
    mapping".

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.92]]); mask = torch.tensor([[True, False]])
    >>> round(PairMargin()(s, Pairs(mask, ~mask))[0].item(), 4)
    0.68
    """

    similarities = ("cosine", "euclidean")

    def __init__(
        self,
        positive_margin: NotNegative = 0.0,
        negative_margin: Annotated[float, Range(least=0, most=2)] = 1.0,
        power: Literal[1, 2] = 2,
    ) -> None:
        super().__init__()
        if positive_margin >= negative_margin:
            raise InputError(
                "positive_margin must be below negative_margin, got "
                f"{positive_margin} and {negative_margin}: set 0 and 1"
            )
        self.positive_margin, self.negative_margin = positive_margin, negative_margin
        self.power = power

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        margins = self.positive_margin, self.negative_margin
        return pair_margin(similarity, pairs, *margins, self.power)
