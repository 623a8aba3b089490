"""Margin-MSE: the student's margins between positives and negatives as the teacher's."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def margin_mse(
    similarity: Float[Tensor, "a c"], teacher: Float[Tensor, "a c"], pairs: Pairs
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    off = similarity - teacher
    # The mean of (x - y)^2 over all pairs of two sets is the sum of their variances and the squared
    # difference of their means: no triplets are made.
    means, parts = [], []
    for mask in pairs[:2]:
        mean, count = masked.mean(off, mask)
        spread, _ = masked.mean((off - mean[:, None]).square(), mask)
        means.append(mean)
        parts.append((spread, count > 0))
    value = parts[0][0] + parts[1][0] + (means[0] - means[1]).square()
    return masked.total(value, parts[0][1] & parts[1][1])


class MarginMSE(Loss):
    r"""Margin-MSE: the gap of each positive to each negative is to be the teacher's gap.

    .. math::
        L = \operatorname{mean}_{p \in P, \, n \in N}
            \big((s_p - s_n) - (s^T_p - s^T_n)\big)^2

    Similarities may differ from the teacher's by a constant, which ranks nothing. The paper's
    teacher reads both rows of a pair at once; here it is one that embeds each. Memory is that of
    the pairs, not of the triplets. Wants ``as_candidates=false``, and hard negatives.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Hofstaetter et al. 2020 (arXiv 2010.02666).

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.25]]); mask = torch.tensor([[True, False]])
    >>> MarginMSE()(s, Pairs(mask, ~mask, teacher=torch.tensor([[1.0, 0.25]])))  # (0.25 - 0.75)^2
    (tensor(0.2500), tensor(1.))
    """

    similarities = ("cosine", "dot")
    needs_teacher = True

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return margin_mse(similarity, self.taught(pairs), pairs)
