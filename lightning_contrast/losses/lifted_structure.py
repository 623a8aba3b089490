"""Lifted structure loss, in its generalised form."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def lifted_structure(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    away = euclidean(similarity).exp()
    pull = (away * masked.weights(pairs.positive, away)).sum(1)
    push = (masked.weights(pairs.negative, away) / away).sum(1)
    odds_of_both = pull * push
    counts = odds_of_both > 0
    value = torch.where(counts, odds_of_both, 1).log() + margin
    return masked.total(value.relu(), counts)


class LiftedStructure(Loss):
    r"""Lifted structure loss: a smooth hinge between the farthest positive and nearest negative.

    .. math::
        L = \max\Big(0, \log \sum_{p \in P} e^{d_p} + \log \sum_{n \in N} e^{m - d_n}\Big)

    ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit vectors. This is the generalised form of
    Hermans et al., all pairs of one anchor; ``LiftedStructurePairs`` is the first form, with the
    negatives of both rows of each positive pair. Distances of unit vectors end at 2, so that the
    sums are over next to equal weights: with many negatives the hinge hardly ever closes. Relative:
    ``TripletMargin`` with ``miner=hardest``, its limit for distances on a larger scale.

    Values are those of pytorch-metric-learning's
    ``GeneralizedLiftedStructureLoss``, whose two margins are felt by their difference alone.

    Args:
        margin: ``m > 0``, in Euclidean distance (0 to 2).

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Oh Song et al. 2016 (arXiv 1511.06452); Hermans et al. 2017 (arXiv 1703.07737),
    equation 7.

    >>> s = torch.tensor([[0.5, 0.5]]); mask = torch.tensor([[True, False]])
    >>> round(LiftedStructure(margin=1.0)(s, Pairs(mask, ~mask))[0].item(), 4)  # both d are 1
    1.0
    """

    similarities = ("cosine", "euclidean")

    def __init__(self, margin: Positive = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return lifted_structure(similarity, pairs, self.margin)
