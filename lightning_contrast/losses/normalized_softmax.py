"""Normalised softmax: classification by the cosine to prototypes."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def against_negatives(
    target: Float[Tensor, " a"],
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    temperature: float,
    counts: Bool[Tensor, " a"],
) -> tuple[Tensor, Tensor]:
    """Cross-entropy with one target logit a row: its sum over the rows that count, their number.

    The target is a column, so that margins change ``a`` numbers, not ``a c`` of them.
    """
    logit = target / temperature
    spread = masked.logsumexp(similarity * (1 / temperature), pairs.negative)
    return masked.total(torch.logaddexp(spread, logit) - logit, counts)


def normalized_softmax(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    target, count = masked.mean(similarity, pairs.positive)
    return against_negatives(target, similarity, pairs, temperature, count > 0)


class NormalizedSoftmax(Loss):
    r"""Cross-entropy over prototypes: which class's prototype is the anchor's?

    .. math::
        L = -\log \frac{e^{s_y/t}}{e^{s_y/t} + \sum_{n \in N} e^{s_n/t}}

    ``s_y`` is the cosine to the prototype of the anchor's class, ``N`` are the others'. Wants
    ``candidates=prototypes`` with one a class (of several positives the mean cosine counts), and no
    special batches: a class may have one row. A small temperature is needed: cosines alone leave
    the softmax flat. ``CosFace`` and ``ArcFace`` add a margin, ``ProxyNCA`` is the same on
    distances, ``SupCon`` has the rows of the batch in place of prototypes.

    Values are those of pytorch-metric-learning.

    Args:
        temperature: ``t > 0``.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Zhai, Wu 2018 (arXiv 1811.12649).

    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> round(NormalizedSoftmax(temperature=1.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4032
    """

    on_prototypes = True

    def __init__(self, temperature: Positive = 0.05) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return normalized_softmax(similarity, pairs, self.temperature)
