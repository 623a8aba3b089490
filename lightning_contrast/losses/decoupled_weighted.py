"""Decoupled contrastive loss in which positives far apart weigh more."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses._joined import JoinedLoss
from lightning_contrast.types import Pairs


def decoupled_parts(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float
) -> Float[Tensor, "a 3"]:
    """Similarity to the positives, spread of the negatives, and whether the anchor counts."""
    near, count = masked.mean(similarity, pairs.positive)
    spread = masked.logsumexp(similarity * (1 / temperature), pairs.negative)
    counts = (count > 0) & masked.some(pairs.negative, similarity)
    spread = torch.where(counts, spread, 0)
    return torch.stack((near, spread, counts.to(near.dtype)), 1)


class DecoupledWeighted(JoinedLoss):
    r"""Weighted decoupled contrastive loss (DCLW): hard positives are pulled more.

    .. math::
        L = \operatorname{mean}_i \Big( -w_i \frac{s_i}{t} + \log \sum_{n \in N_i} e^{s_n / t} \Big)
        \qquad w_i = 2 - \frac{e^{s_i / \sigma}}{\operatorname{mean}_j e^{s_j / \sigma}}

    ``s_i`` is the similarity to the positive (of several the mean). The weights have no gradient,
    and their mean over the batch, of all ranks, is 1. They are lightly's
    ``negative_mises_fisher_weights``; its ``DCLWLoss`` has two logarithms, of the negatives in
    either view, where this one has the paper's one.

    Args:
        temperature: ``t > 0``.
        sigma: ``> 0``; the smaller, the more weights differ.

    Shape: similarity and masks ``(a, c)``; returns the loss times the number of anchors that count,
    and their number.

    Source: Yeh et al. 2021 (arXiv 2110.06848), section 3.4.

    >>> s = torch.tensor([[0.8, 0.1], [0.1, 0.8]]); mask = torch.eye(2).bool()
    >>> total, weight = DecoupledWeighted(temperature=1.0)(s, Pairs(mask, ~mask))
    >>> round(total.item() / weight.item(), 4)  # equal positives: their weights are 1
    -0.7
    """

    surrogate_gradient = True  # the weights have none

    def __init__(self, temperature: Positive = 0.1, sigma: Positive = 0.5) -> None:
        super().__init__()
        self.temperature, self.sigma = temperature, sigma

    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        return decoupled_parts(similarity, pairs, self.temperature)

    def join(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        near, spread, counts = numbers.unbind(1)
        counts = counts.detach()
        logits = masked.only(near.detach()[None] * (1 / self.sigma), counts[None] > 0)[0]
        share = 2 - counts.sum() * logits.softmax(0)
        each = spread - share * near * (1 / self.temperature)
        return (each * counts).sum(), counts.sum()
