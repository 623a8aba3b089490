"""CosFace: a margin on the cosine."""

from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.losses.normalized_softmax import against_negatives
from lightning_contrast.types import Pairs


def cos_face(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float, temperature: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    target, count = masked.mean(similarity, pairs.positive)
    return against_negatives(target - margin, similarity, pairs, temperature, count > 0)


CosineGap = Annotated[float, Range(least=0, below=2, unit="cosines span 2")]


class CosFace(Loss):
    r"""Large margin cosine loss: the prototype of the class must be nearer by a margin in cosine.

    .. math::
        L = -\log \frac{e^{(s_y - m)/t}}{e^{(s_y - m)/t} + \sum_{n \in N} e^{s_n/t}}

    ``s_y`` is the cosine to the prototype of the anchor's class, ``N`` are the others'. Wants
    ``candidates=prototypes`` with one a class (of several positives the mean cosine counts).
    Without margin it is ``NormalizedSoftmax``; ``ArcFace`` has its margin on the angle, which is
    harder on rows that are near their prototype already.

    Values are those of pytorch-metric-learning, whose ``scale`` is ``1 / t``.

    Args:
        margin: ``0 <= m < 2``, in cosine.
        temperature: ``t > 0``; the papers' scale is ``1 / t``, here 64.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Wang et al. 2018 (arXiv 1801.09414), equation 4.

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> total, weight = CosFace(margin=0.7, temperature=1.0)(s, Pairs(mask, ~mask))
    >>> round(total.item(), 4)  # log 2: the margin leaves nothing of the lead
    0.6931
    """

    on_prototypes = True

    def __init__(self, margin: CosineGap = 0.35, temperature: Positive = 0.015625) -> None:
        super().__init__()
        self.margin, self.temperature = margin, temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return cos_face(similarity, pairs, self.margin, self.temperature)
