"""ArcFace: a margin on the angle."""

import math
from typing import Annotated

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import sine
from lightning_contrast.losses.loss import Loss
from lightning_contrast.losses.normalized_softmax import against_negatives
from lightning_contrast.types import Pairs


def widened(cosine: Float[Tensor, "*rows"], margin: float) -> Float[Tensor, "*rows"]:
    """``cos(theta + m)``, past ``theta + m = pi`` the falling line ``cos(theta) - m sin(m)``.

    >>> widened(torch.tensor([0.5, -1.0]), math.pi / 6).round(decimals=3).tolist()
    [0.0, -1.2619999647140503]
    """
    turned = cosine * math.cos(margin) - sine(cosine) * math.sin(margin)
    return torch.where(cosine >= -math.cos(margin), turned, cosine - margin * math.sin(margin))


def arc_face(
    similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float, temperature: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    cosine, count = masked.mean(similarity, pairs.positive)
    target = widened(cosine, margin)
    return against_negatives(target, similarity, pairs, temperature, count > 0)


Margin = Annotated[float, Range(least=0, below=math.pi / 2, unit="an angle in radians")]


class ArcFace(Loss):
    r"""Additive angular margin: the prototype of the class must be nearer by a margin in angle.

    .. math::
        L = -\log \frac{e^{\cos(\theta_y + m)/t}}
            {e^{\cos(\theta_y + m)/t} + \sum_{n \in N} e^{s_n/t}}

    ``theta_y = arccos(s_y)`` is the angle to the prototype of the anchor's class, ``N`` are the
    others'. Beyond ``theta_y + m = pi`` the cosine would rise again: there ``s_y - m sin(m)``
    stands in its place, as in the authors' code and pytorch-metric-learning (the paper is silent).
    Where row and prototype coincide, or are opposite, the slope of the angle is taken as 0. Wants
    ``candidates=prototypes`` with one a class (of several positives the mean cosine counts).
    ``SubCenterArcFace`` has several a class, ``CosFace`` a margin that is the same at every angle.

    Args:
        margin: ``0 <= m < pi/2``, in radians: 0.5 are 28.6 degrees.
        temperature: ``t > 0``; the papers' scale is ``1 / t``, here 64.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Deng et al. 2018 (arXiv 1801.07698), equation 3.

    >>> s = torch.tensor([[0.5, 0.0]]); mask = torch.tensor([[True, False]])
    >>> total, weight = ArcFace(margin=math.pi / 6, temperature=1.0)(s, Pairs(mask, ~mask))
    >>> round(total.item(), 4)  # log 2: 60 and 30 degrees make the 90 of the negative
    0.6931
    """

    on_prototypes = True

    def __init__(self, margin: Margin = 0.5, temperature: Positive = 0.015625) -> None:
        super().__init__()
        self.margin, self.temperature = margin, temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return arc_face(similarity, pairs, self.margin, self.temperature)
