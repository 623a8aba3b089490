"""Circle loss."""

from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def circle(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float, gamma: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    fixed = similarity.detach()  # each pair's weight is its pace: it carries no gradient
    pull = (fixed - (1 + margin)).mul_(gamma) * (similarity - (1 - margin))
    push = (fixed + margin).relu_().mul_(gamma) * (similarity - margin)
    odds = masked.logsumexp(pull, pairs.positive) + masked.logsumexp(push, pairs.negative)
    counts = masked.some(pairs.positive, similarity) & masked.some(pairs.negative, similarity)
    return masked.total(softplus(odds), counts)


BelowOne = Annotated[float, Range(least=0, below=1)]


class Circle(Loss):
    r"""Circle loss: each similarity is driven at a pace of its own, by how far it is from its goal.

    .. math::
        L = \log\Big(1 + \sum_{n \in N} e^{\gamma \alpha_n (s_n - m)}
            \sum_{p \in P} e^{-\gamma \alpha_p (s_p - (1 - m))}\Big)
        \qquad \alpha_p = 1 + m - s_p, \quad \alpha_n = \max(0, s_n + m)

    The paces ``α`` are constants to the gradient, as in the paper and in pytorch-metric-learning:
    what is returned as gradient is not the slope of the value. With ``α = 1`` in their place it is
    a softmax with a margin over all pairs of the anchor. Wants some rows a class.

    Args:
        margin: ``m`` from 0 to below 1: positives are to reach ``1 - m``, negatives ``m``.
        gamma: ``γ > 0``, sharpness; 80 for retrieval, 128 to 256 for faces and persons
            (with a margin of 0.25).

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Sun et al. 2020 (arXiv 2002.10857), equations 6 and 8.

    >>> import torch
    >>> s = torch.tensor([[0.6, 0.4]]); mask = torch.tensor([[True, False]])
    >>> round(Circle(margin=0.4)(s, Pairs(mask, ~mask))[0].item(), 4)  # both at goal: log 2
    0.6931
    """

    surrogate_gradient = True

    def __init__(self, margin: BelowOne = 0.4, gamma: Positive = 80.0) -> None:
        super().__init__()
        self.margin, self.gamma = margin, gamma

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return circle(similarity, pairs, self.margin, self.gamma)
