"""Debiased contrastive loss; with weights on the negatives it is the hard negative one."""

import math
from typing import Annotated

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import FAR, clamp, pair_softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def debiased(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    temperature: float,
    tau_plus: float,
    beta: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number.

    Negatives weigh ``e_n ** beta`` in their mean.
    """
    scale = 1 / temperature
    top = masked.only(similarity.detach(), pairs.negative).amax(1, keepdim=True)
    # A positive that far above all negatives leaves the lower bound as their estimate.
    above = clamp(scale * (similarity - top), -FAR, FAR / 2)
    odds = above.exp()
    pull, positives = masked.mean(odds, pairs.positive)
    others = masked.weights(pairs.negative, odds)
    odds, negatives = odds * others, others.sum(1)
    push = odds.sum(1) / negatives.clamp_min(1)
    if beta:  # at the usual 1 the weights are the odds: one exponential a pair, not two
        worth = odds if beta == 1 else clamp(beta * above, -FAR, 1.0).exp() * others
        push = (odds * worth).sum(1) / _or_one(worth.sum(1))
    push = _or_one(push)
    left = 1 - tau_plus * pull / push
    least = torch.full_like(push, -1 / temperature)
    estimate = (_or_one(left) * push).log() + scale * top[:, 0] - math.log1p(-tau_plus)
    estimate = torch.where(left > 0, estimate, least).maximum(least)
    spread = estimate + negatives.clamp_min(1).log()
    # In logarithms: next to the hardest negative, estimate and positive may both underflow.
    value, _ = masked.mean(pair_softplus(spread[:, None] - scale * similarity), pairs.positive)
    return masked.total(value, (positives > 0) & (negatives > 0))


def _or_one(column: Float[Tensor, " a"]) -> Float[Tensor, " a"]:
    """The column where it is positive, and 1 elsewhere: its logarithm stays finite."""
    return torch.where(column > 0, column, 1)


ShareOfNegatives = Annotated[float, Range(least=0, below=1, unit="a share of the negatives")]


class Debiased(Loss):
    r"""Debiased contrastive loss: InfoNCE less what false negatives are expected to add.

    .. math::
        L = \frac{-1}{M} \sum_{p \in P} \log \frac{e_p}{e_p + N g} \qquad
        g = \max\Big(\frac{1}{1 - \tau^+} \Big(\frac{1}{N} \sum_{n} e_n
          - \frac{\tau^+}{M} \sum_{p} e_p\Big),\ e^{-1/t}\Big) \qquad e = e^{s/t}

    ``M`` and ``N`` are the numbers of the anchor's positives and negatives: all its positives
    estimate the false negatives (the paper's ``M``), and each is scored against the same ``g``.
    With two views and ``pairing=instance``, ``M = 1`` and it is the authors' code. For negatives
    taken without looking at labels; with ``pairing=label`` none is false, and ``tau_plus=0`` makes
    it ``InfoNCE``.

    Args:
        temperature: ``t > 0``.
        tau_plus: the chance that a negative is of the anchor's class, ``1 / classes`` if they are
            equally frequent.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Chuang et al. 2020 (arXiv 2007.00224).

    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> loss = Debiased(temperature=1.0, tau_plus=0.1)
    >>> round(loss(s, Pairs(mask, ~mask))[0].item(), 4)  # g = (e^0.1 - 0.1 e^0.8) / 0.9
    0.3651
    """

    similarities = ("cosine", "dot", "euclidean")

    def __init__(self, temperature: Positive = 0.5, tau_plus: ShareOfNegatives = 0.1) -> None:
        super().__init__()
        self.temperature, self.tau_plus = temperature, tau_plus

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return debiased(similarity, pairs, self.temperature, self.tau_plus)
