"""Decoupled contrastive loss."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def decoupled(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    logits = similarity * (1 / temperature)
    pulled, count = masked.mean(logits, pairs.positive)
    spread = masked.logsumexp(logits, pairs.negative)
    return masked.total(spread - pulled, (count > 0) & masked.some(pairs.negative, logits))


class Decoupled(Loss):
    r"""Decoupled contrastive loss (DCL): InfoNCE without the positive in the denominator.

    .. math::
        L = \frac{-1}{|P|} \sum_{p \in P} \frac{s_p}{t} + \log \sum_{n \in N} e^{s_n / t}

    An easy positive no longer silences the gradient of the negatives, so that small batches do: the
    gain over ``InfoNCE`` is greatest with few negatives. It is not bounded by 0: well separated
    rows have a negative loss.

    Args:
        temperature: ``t > 0``.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Yeh et al. 2021 (arXiv 2110.06848).

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> round(Decoupled(temperature=1.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    -0.7
    """

    similarities = ("cosine", "dot", "euclidean")

    def __init__(self, temperature: Positive = 0.1) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return decoupled(similarity, pairs, self.temperature)
