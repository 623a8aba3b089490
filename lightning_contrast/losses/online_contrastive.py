"""The contrastive loss on the hard pairs of an anchor alone."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def online_contrastive(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    distance, fixed = 1 - similarity, 1 - similarity.detach()
    farthest = masked.only(fixed, pairs.positive).amax(1, keepdim=True)
    nearest = -masked.only(-fixed, pairs.negative).amax(1, keepdim=True)
    hard_positive = masked.weights(pairs.positive & (fixed > nearest), distance)
    hard_negative = masked.weights(pairs.negative & (fixed < farthest), distance)
    pull = (distance**2 * hard_positive).sum(1)
    push = ((margin - distance).relu() ** 2 * hard_negative).sum(1)
    positives, negatives = (masked.some(mask, distance) for mask in pairs[:2])
    return masked.total(pull + push, positives & negatives)


class OnlineContrastive(Loss):
    r"""Online contrastive loss: that of pairs, on the hard positives and hard negatives alone.

    .. math::
        L = \sum_{p: \, d_p > \min_n d_n} d_p^2
          + \sum_{n: \, d_n < \max_p d_p} \max(0, m - d_n)^2

    ``d = 1 - s`` is the cosine distance, from 0 to 2. An anchor whose positives are all nearer than
    its negatives is at rest, and ``miner=semi_hard`` leaves no others. In sentence-transformers the
    nearest negative and farthest positive are those of a batch of labelled pairs; here they are the
    anchor's own, so that its value is theirs of the pairs of one anchor.

    Args:
        margin: ``m > 0``, in cosine distance (0 to 2); farther negatives are left alone.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Reimers et al. 2019, sentence-transformers (arXiv 1908.10084).

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.75, 0.0]]); mask = torch.tensor([[True, False, False]])
    >>> OnlineContrastive(margin=0.5)(s, Pairs(mask, ~mask))[0].item()  # 0.5^2 + (0.5 - 0.25)^2
    0.3125
    """

    def __init__(self, margin: Positive = 0.5) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return online_contrastive(similarity, pairs, self.margin)
