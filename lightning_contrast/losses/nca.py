"""Neighbourhood components analysis."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def nca(similarity: Float[Tensor, "a c"], pairs: Pairs, scale: float) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    logits = 2 * scale * similarity  # -scale d^2, up to a constant that the fraction cancels
    pull = masked.logsumexp(logits, pairs.positive)
    push = masked.logsumexp(logits, pairs.negative)
    return masked.total(softplus(push - pull), masked.some(pairs.positive, similarity))


class NCA(Loss):
    r"""Neighbourhood components analysis: the probability that a neighbour drawn is a positive.

    .. math::
        L = -\log \frac{\sum_{p \in P} e^{-c\, d_p^2}}{\sum_{p \in P} e^{-c\, d_p^2}
            + \sum_{n \in N} e^{-c\, d_n^2}}

    ``d² = 2 - 2 s`` is the squared Euclidean distance of unit vectors. One near positive is enough:
    a class may keep several clusters. It is the ``"in"`` form of ``SupCon`` at temperature
    ``1 / (2 c)``, less the log of the number of positives.

    Values are those of pytorch-metric-learning with its mean over all anchors.

    Args:
        scale: ``c > 0``; on unit vectors 1 is soft, 5 to 10 looks at near neighbours only.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Goldberger et al. 2004, "Neighbourhood components analysis" (its log form).

    >>> import torch
    >>> s = torch.tensor([[0.5, 0.0]]); mask = torch.tensor([[True, False]])
    >>> round(NCA()(s, Pairs(mask, ~mask))[0].item(), 4)  # log(1 + e^-1)
    0.3133
    """

    similarities = ("cosine", "dot", "euclidean")

    def __init__(self, scale: Positive = 1.0) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return nca(similarity, pairs, self.scale)
