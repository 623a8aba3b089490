"""Sigmoid loss of pairs, with a learnable temperature and bias."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import pair_softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def sigmoid(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    log_inverse_temperature: Float[Tensor, ""],
    bias: Float[Tensor, ""],
    negatives_only: bool = False,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive (``negatives_only``: a negative), and their number."""
    # As columns: their slopes are then sums of each row, made while it is at hand.
    scale, shift = (p.expand(len(similarity), 1) for p in (log_inverse_temperature.exp(), bias))
    positive, negative = (masked.weights(mask, similarity) for mask in pairs[:2])
    if negatives_only:
        positive = torch.zeros_like(positive)
    logits = (scale * similarity + shift) * (negative - positive)
    value = (pair_softplus(logits) * (negative + positive)).sum(1)
    return masked.total(value, (negative if negatives_only else positive).sum(1) > 0)


class Sigmoid(Loss):
    r"""Sigmoid loss (SigLIP): every pair is a binary classification of its own, without a softmax.

    .. math::
        L = \sum_{p \in P} \log(1 + e^{-(e^{t'} s_p + b)})
          + \sum_{n \in N} \log(1 + e^{e^{t'} s_n + b})

    ``t'`` and ``b`` are learnt with the encoder. Negatives far outnumber positives: the bias starts
    low, so that at first each pair is held for a negative, as most are. The sum of an anchor grows
    with its candidates, and so does the gradient. No pair weighs in on another, so it does well
    with small batches too. Relative: ``InfoNCE``, where negatives compete.

    Args:
        initial_temperature: ``t > 0`` at the start; ``t' = log(1 / t)`` is what is learnt.
        initial_bias: ``b`` at the start.
        negatives_only: the second sum alone, of each anchor with a negative: open_clip's form for
            texts of which none belongs to the anchors, and a way to push where nothing is known to
            be alike.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Zhai et al. 2023 (arXiv 2303.15343).

    >>> s = torch.tensor([[0.0, 0.0]]); mask = torch.tensor([[True, False]])
    >>> round(Sigmoid(initial_bias=0.0)(s, Pairs(mask, ~mask))[0].item(), 4)  # 2 log 2
    1.3863
    """

    similarities = ("cosine", "dot", "euclidean")

    def __init__(
        self,
        initial_temperature: Positive = 0.1,
        initial_bias: float = -10.0,
        negatives_only: bool = False,
    ) -> None:
        super().__init__()
        self.negatives_only, self.needs_positives = negatives_only, not negatives_only
        self.initial_temperature, self.initial_bias = initial_temperature, initial_bias
        self.log_inverse_temperature = nn.Parameter(torch.tensor(-math.log(initial_temperature)))
        self.bias = nn.Parameter(torch.tensor(float(initial_bias)))

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        learnt = self.log_inverse_temperature, self.bias
        scale, bias = (value.to(similarity.dtype) for value in learnt)
        return sigmoid(similarity, pairs, scale, bias, self.negatives_only)
