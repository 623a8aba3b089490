"""Lifted structure loss, in its first form: each pair against the negatives of both of its rows."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.losses._both_rows import BothRowsLoss
from lightning_contrast.types import Pairs


def lifted_pairs(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    own: Float[Tensor, "a 1"],
    other: Float[Tensor, "c 1"],
    margin: float,
) -> tuple[Tensor, Tensor]:
    """Sum over the positive pairs of which a row has a negative, and their number."""
    negatives = torch.logaddexp(own, other.T)
    counted = masked.weights(pairs.positive & (negatives > masked.LOW / 2), similarity)
    hinge = (negatives + euclidean(similarity) - margin).relu()
    return (hinge.square() * counted).sum() / 2, counted.sum()


class LiftedStructurePairs(BothRowsLoss):
    r"""Lifted structure loss, 2016: a positive pair is nearer than all negatives of both its rows.

    .. math::
        L = \operatorname{mean}_{(i, j) \in P} \tfrac12 \max(0, J_{ij})^2 \qquad
        J_{ij} = d_{ij} - m_+ + \log\Big(\sum_{k \in N_i} e^{m_- - d_{ik}}
            + \sum_{k \in N_j} e^{m_- - d_{jk}}\Big)

    over positive pairs in both orders; ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit
    vectors. A candidate that is no anchor, such as one of a queue, has no negatives of its own. A
    pair without negatives adds nothing; pytorch-metric-learning, whose values these are elsewhere,
    pulls it. Relative: ``LiftedStructure``, all pairs of one anchor in one hinge.

    Args:
        negative_margin: ``m_- > 0``, in Euclidean distance (0 to 2).
        positive_margin: ``m_+ >= 0``, likewise; only the difference of the two is felt.

    Shape: similarity and masks ``(a, c)``; returns the sum over positive pairs and their number.

    Source: Oh Song et al. 2016 (arXiv 1511.06452), equations 3 and 4.

    >>> s = torch.tensor([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]])  # all d are 1
    >>> same = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]]).bool()
    >>> apart = torch.tensor([[0, 0, 1], [0, 0, 1], [1, 1, 0]]).bool()
    >>> total, weight = LiftedStructurePairs()(s, Pairs(same, apart))
    >>> round(total.item(), 4), weight.item()  # each of two pairs (1 + log 2)^2 / 2
    (2.8667, 2.0)
    """

    similarities = ("cosine", "euclidean")

    def __init__(self, negative_margin: Positive = 1.0, positive_margin: NotNegative = 0.0) -> None:
        super().__init__()
        self.negative_margin, self.positive_margin = negative_margin, positive_margin

    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        away = self.negative_margin - euclidean(similarity)
        return masked.logsumexp(away, pairs.negative)[:, None]

    def of_pairs(
        self, similarity: Tensor, pairs: Pairs, own: Tensor, other: Tensor
    ) -> tuple[Tensor, Tensor]:
        return lifted_pairs(similarity, pairs, own, other, self.positive_margin)
