"""Data-to-data cross-entropy: easy positives and easy negatives have no slope."""

from jaxtyping import Float
from torch import Tensor, where

from lightning_contrast.config.ranges import Cosine, Positive
from lightning_contrast.losses.info_nce import info_nce
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def data_to_data(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    temperature: float,
    positive_margin: float,
    negative_margin: float,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    pulled = (similarity - positive_margin).clamp_max(0)
    pushed = (similarity - negative_margin).clamp_min(0)
    return info_nce(where(pairs.positive, pulled, pushed), pairs, temperature)


class DataToData(Loss):
    r"""InfoNCE on cosines that count only up to a margin.

    .. math::
        L = -\frac{1}{|P|} \sum_{p \in P} \log \frac{e^{[s_p - m_p]_- / t}}
            {e^{[s_p - m_p]_- / t} + \sum_{n \in N} e^{[s_n - m_n]_+ / t}}

    A positive that is nearer than ``m_p`` and a negative that is farther than ``m_n`` have no
    slope: an easy row does not drown the others. In ReACGAN the positive is the prototype of the
    row's class and the negatives are the rows of other classes
    (``pairing=own_prototype candidates=[in_batch,prototypes]``). Unlike in ``InfoNCE``, far
    negatives are left alone.

    Args:
        temperature: ``t > 0``.
        positive_margin: cosine ``m_p`` from which a positive is near enough.
        negative_margin: cosine ``m_n`` below which a negative is far enough.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Kang et al. 2021 (arXiv 2111.01118).

    >>> import torch
    >>> s = torch.tensor([[0.99, -0.5]]); mask = torch.tensor([[True, False]])
    >>> round(DataToData()(s, Pairs(mask, ~mask))[0].item(), 4)  # log 2: both are easy
    0.6931
    """

    def __init__(
        self,
        temperature: Positive = 0.5,
        positive_margin: Cosine = 0.98,
        negative_margin: Cosine = 0.02,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.positive_margin, self.negative_margin = positive_margin, negative_margin

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return data_to_data(
            similarity, pairs, self.temperature, self.positive_margin, self.negative_margin
        )
