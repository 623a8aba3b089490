"""SmoothAP: average precision, with a sigmoid in place of each comparison of two ranks."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def smooth_ap(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float, positives: int
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    near, far = (masked.weights(mask, similarity) for mask in pairs[:2])
    ranked = masked.only(-similarity.detach(), pairs.positive)  # the least similar come first
    places = ranked.topk(min(positives, similarity.shape[1]), dim=1).indices
    precision = torch.zeros_like(similarity[:, 0])
    for place in places.split(1, dim=1):
        own = similarity.gather(1, place)
        above = ((similarity - own) * (1 / temperature)).sigmoid()
        # Against itself it has 1/2, as sigmoid(0); its rank counts it as 1.
        rank = (above * near).sum(1) + 0.5
        scored = near.gather(1, place)[:, 0]
        precision = precision + scored * rank / (rank + (above * far).sum(1))
    count = near.gather(1, places).sum(1)
    return masked.total(1 - precision / count.clamp_min(1), count > 0)


class SmoothAP(Loss):
    r"""SmoothAP: one less the average precision of the anchor's ranking, made smooth.

    .. math::
        L = 1 - \frac{1}{|P|} \sum_{p \in P} \frac{R_p^P}{R_p^P + R_p^N} \qquad
        R_p^P = 1 + \sum_{q \in P \setminus p} \sigma\Big(\frac{s_q - s_p}{t}\Big), \quad
        R_p^N = \sum_{n \in N} \sigma\Big(\frac{s_n - s_p}{t}\Big)

    A list loss, such as ``FastAP``, without bins: small ``t`` are nearer to the average precision,
    and have a gradient for fewer pairs. The paper's code, and pytorch-metric-learning's, rank the
    anchor itself among its positives; here a row is no pair of its own.

    Each positive takes a pass over the block, and as much memory as other losses take in all.

    Args:
        temperature: ``t > 0``.
        positives: of an anchor with more of them, so many are scored: the least similar ones, where
            most is to be gained. Ranks are always among all rows.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Brown et al. 2020 (arXiv 2007.12163).

    >>> s = torch.tensor([[0.5, 0.5]]); mask = torch.tensor([[True, False]])
    >>> total, _ = SmoothAP()(s, Pairs(mask, ~mask))  # 1 - 1 / (1 + 1/2)
    >>> round(total.item(), 4)
    0.3333
    """

    similarities = ("cosine", "dot", "euclidean")
    half_blocks = True

    def __init__(self, temperature: Positive = 0.01, positives: Count = 16) -> None:
        super().__init__()
        self.temperature, self.positives = temperature, positives

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return smooth_ap(similarity, pairs, self.temperature, self.positives)
