"""A margin to every negative, without any positive."""

from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def negative_margin(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a negative, and their number."""
    push, count = masked.mean((similarity + (margin - 1)).relu(), pairs.negative)
    return masked.total(push, count > 0)


class NegativeMargin(Loss):
    r"""Every negative is to stay a margin further off than the anchor itself, whose cosine is 1.

    .. math:: L = \frac{1}{|N|} \sum_{n \in N} \max(0, \rho - 1 + s_n)

    The loss counts every anchor with a negative, and looks at no positive. With the tokens of one
    text as negatives (``pairing=within``) it is the contrast of SimCTG. It is small beside a
    cross-entropy in nats: at most ρ, and 0 once all cosines are below ``1 - ρ``.

    Args:
        margin: ``ρ`` above 0, up to 2. (0 asks nothing of any pair: leave the contrast out.)

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Su et al. 2022 (arXiv 2202.06417), equation 2, with ρ = 0.5.

    >>> import torch
    >>> s = torch.tensor([[1.0, 0.75, 0.25]]); mask = torch.tensor([[False, True, True]])
    >>> NegativeMargin(0.5)(s, Pairs(mask & False, mask))
    (tensor(0.1250), tensor(1.))
    """

    needs_positives = False

    def __init__(self, margin: Annotated[float, Range(above=0, most=2)] = 0.5) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return negative_margin(similarity, pairs, self.margin)
