"""Multi-similarity loss."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Cosine, Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def multi_similarity(
    similarity: Float[Tensor, "a c"], pairs: Pairs, alpha: float, beta: float, base: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    pull = masked.logsumexp(-alpha * (similarity - base), pairs.positive)
    push = masked.logsumexp(beta * (similarity - base), pairs.negative)
    value = softplus(pull) / alpha + softplus(push) / beta
    return masked.total(value, masked.some(pairs.positive, similarity))


class MultiSimilarity(Loss):
    r"""Multi-similarity loss: soft hinges on either side of a base, the worst pairs weighing most.

    .. math::
        L = \frac{1}{\alpha} \log\Big(1 + \sum_{p \in P} e^{-\alpha (s_p - b)}\Big)
          + \frac{1}{\beta} \log\Big(1 + \sum_{n \in N} e^{\beta (s_n - b)}\Big)

    A pair's weight depends on its own similarity and on that of the other pairs of its sign.
    Wants a few rows a class (``sampler=class_balanced``). ``Circle`` weighs similarly and couples
    both signs.

    The paper mines pairs first (``miner=multi_similarity``). The mean is then over the anchors that
    keep a positive, as with every loss here. The authors' code and pytorch-metric-learning divide
    by all rows of the batch: their loss is smaller by the share of anchors that keep one.

    Args:
        alpha: ``> 0``, sharpness on positives.
        beta: ``> 0``, sharpness on negatives; at 50, next to the hardest one alone counts.
        base: ``b``, a cosine: positives are pulled above it, negatives pushed below.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Wang et al. 2019 (arXiv 1904.06627), equation 15.

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.5]]); mask = torch.tensor([[True, False]])
    >>> round(MultiSimilarity(alpha=1, beta=1)(s, Pairs(mask, ~mask))[0].item(), 4)  # 2 log 2
    1.3863
    """

    def __init__(self, alpha: Positive = 2.0, beta: Positive = 50.0, base: Cosine = 0.5) -> None:
        super().__init__()
        self.alpha, self.beta, self.base = alpha, beta, base

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return multi_similarity(similarity, pairs, self.alpha, self.beta, self.base)
