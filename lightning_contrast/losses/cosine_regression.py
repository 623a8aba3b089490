"""The similarity of a pair is to be its score."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def cosine_regression(
    similarity: Float[Tensor, "a c"], score: Float[Tensor, "a c"], pairs: Pairs
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a pair, and their number."""
    off = (similarity - score.to(similarity.dtype)).square()
    value, count = masked.mean(off, pairs.positive)
    return masked.total(value, count > 0)


class CosineRegression(Loss):
    r"""The squared error of the cosine of a pair as an estimate of its graded similarity.

    .. math:: L = \frac{1}{|P|} \sum_{p \in P} (s_p - y_p)^2

    Scores must be on the scale of cosines (``source.lowest``, ``source.highest``). It is
    ``CosineSimilarityLoss`` of sentence-transformers. Where scores say only which pairs are more
    alike, ``CoSENT`` asks for less.

    Shape: similarity, masks and ``pairs.score`` ``(a, c)``; returns the sum over anchors and their
    number.

    Source: Reimers and Gurevych 2019 (arXiv 1908.10084).

    >>> import torch
    >>> s = torch.tensor([[0.5]]); mask = torch.tensor([[True]])
    >>> CosineRegression()(s, Pairs(mask, ~mask, score=torch.tensor([[1.0]])))
    (tensor(0.2500), tensor(1.))
    """

    reads_scores = "graded"
    scores_negatives = False

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return cosine_regression(similarity, self.scores(pairs), pairs)
