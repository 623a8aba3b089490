"""Ranked list loss."""

from typing import Annotated

from jaxtyping import Bool, Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Range, Share
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs

# e^(2 * 30), times the number of pairs, is still float32
Sharpness = Annotated[float, Range(least=0, most=30)]


def weighted_mean(
    over: Float[Tensor, "a c"], mask: Bool[Tensor, "a c"], temperature: float
) -> Float[Tensor, " a"]:
    """Mean of each row's masked entries above 0, weighted ``exp(temperature * entry)``."""
    weight = masked.weights(mask & (over > 0), over)
    if temperature:
        weight = weight * (temperature * over).exp()
    return (weight * over).sum(1) / weight.sum(1).clamp_min(1)  # no weight is below 1


class RankedList(Loss):
    r"""Ranked list loss: positives within a sphere about the anchor, negatives beyond a wider one.

    .. math::
        L = (1 - \lambda) \frac{\sum_{p} w_p (d_p - (\alpha - m))}{\sum_{p} w_p}
          + \lambda \frac{\sum_{n} w_n (\alpha - d_n)}{\sum_{n} w_n}
        \qquad w_p = e^{T_p (d_p - (\alpha - m))}, \quad w_n = e^{T_n (\alpha - d_n)}

    over the positives farther than ``alpha - m`` and the negatives nearer than ``alpha``; a term
    with none is 0. ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit vectors. Positives keep
    some spread inside of their sphere, and of the negatives the worst weigh most. The weights have
    a gradient, as in pytorch-metric-learning. Wants several rows a class.

    Args:
        margin: ``m``, from 0 to alpha.
        alpha: radius of the wider sphere (0 to 2).
        positive_temperature: ``T_p``, 0 (all weigh alike) to 30.
        negative_temperature: ``T_n``, 0 (all weigh alike) to 30.
        imbalance: ``lambda``, share of the negatives' term (0 to 1).

    Shape: similarity and masks ``(a, c)``; returns the sum over the anchors with a positive, and
    their number.

    Raises:
        InputError: the margin is greater than alpha.

    Source: Wang et al. 2019 (arXiv 1903.03238).

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.5]]); mask = torch.tensor([[True, False]])  # both at distance 1
    >>> round(RankedList()(s, Pairs(mask, ~mask))[0].item(), 4)  # (1 - 0.8) / 2 + (1.2 - 1) / 2
    0.2
    """

    def __init__(
        self,
        margin: NotNegative = 0.4,
        alpha: Annotated[float, Range(least=0, most=2)] = 1.2,
        positive_temperature: Sharpness = 0.0,
        negative_temperature: Sharpness = 10.0,
        imbalance: Share = 0.5,
    ) -> None:
        super().__init__()
        if margin > alpha:
            raise InputError(
                f"margin must be at most alpha, got {margin} and {alpha}: set 0.4 and 1.2"
            )
        self.margin, self.alpha, self.imbalance = margin, alpha, imbalance
        self.positive_temperature = positive_temperature
        self.negative_temperature = negative_temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        distance = euclidean(similarity)
        beyond = (distance - (self.alpha - self.margin)).relu()
        within = (self.alpha - distance).relu()
        pull = weighted_mean(beyond, pairs.positive, self.positive_temperature)
        push = weighted_mean(within, pairs.negative, self.negative_temperature)
        value = (1 - self.imbalance) * pull + self.imbalance * push
        return masked.total(value, masked.some(pairs.positive, similarity))
