"""Tuplet margin loss."""

import math
from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import pair_softplus, sine
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def tuplet_margin(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float, scale: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    pushed = masked.logsumexp(scale * similarity, pairs.negative)[:, None]
    along, across = scale * math.cos(math.radians(margin)), scale * math.sin(math.radians(margin))
    slackened = along * similarity + across * sine(similarity)  # cos(angle - margin), sum rule
    value, count = masked.mean(pair_softplus(pushed - slackened), pairs.positive)
    return masked.total(value, (count > 0) & masked.some(pairs.negative, similarity))


class TupletMargin(Loss):
    r"""Tuplet margin loss: each positive against all negatives, with slack in its angle.

    .. math::
        L = \frac{1}{|P|} \sum_{p \in P} \log\Big(1 + \sum_{n \in N}
            e^{c\,(s_n - \cos(\theta_p - m))}\Big)

    ``θ = acos(s)`` is the angle of the pair. A positive's angle is forgiven ``m``, and is drawn to
    ``m``, not to 0: that keeps a class from shrinking to a point. With ``m = 0`` it is ``InfoNCE``
    at temperature ``1 / c``.

    Values are those of pytorch-metric-learning where all anchors have equally many positives: it
    takes the mean over pairs.

    Args:
        margin: ``m`` in degrees, from 0 to below 90.
        scale: ``c > 0``.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Yu and Tao 2019, "Deep metric learning with tuplet margin loss" (ICCV).

    >>> import torch
    >>> s = torch.tensor([[0.5, 1.0]]); mask = torch.tensor([[True, False]])
    >>> round(TupletMargin(margin=60)(s, Pairs(mask, ~mask))[0].item(), 4)  # log 2
    0.6931
    """

    def __init__(
        self,
        margin: Annotated[float, Range(least=0, below=90, unit="degrees")] = 5.73,
        scale: Positive = 64.0,
    ) -> None:
        super().__init__()
        self.margin, self.scale = margin, scale

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return tuplet_margin(similarity, pairs, self.margin, self.scale)
