"""SoftTriple: several prototypes a class, softly chosen."""

from functools import reduce

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import exp
from lightning_contrast.losses.cos_face import CosineGap, cos_face
from lightning_contrast.losses.loss import Loss
from lightning_contrast.losses.sub_center_arc_face import by_class, class_pairs
from lightning_contrast.types import Pairs


def soft_triple(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    per_class: int,
    gamma: float,
    margin: float,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    cosines = by_class(similarity, per_class).unbind(1)
    known = by_class(pairs.positive | pairs.negative, per_class).unbind(1)
    near = [masked.only(s, mask) for s, mask in zip(cosines, known, strict=True)]
    top = reduce(torch.maximum, near).detach()
    odds = [exp((s - top) * (1 / gamma)) for s in near]
    relaxed = reduce(torch.add, map(torch.mul, odds, cosines)) / reduce(torch.add, odds)
    return cos_face(relaxed, class_pairs(pairs, per_class), margin, temperature)


class SoftTriple(Loss):
    r"""SoftTriple loss: cross-entropy over classes that have several prototypes (centers) each.

    .. math::
        L = -\log \frac{e^{(S_y - m)/t}}{e^{(S_y - m)/t} + \sum_{j \ne y} e^{S_j/t}}
        \qquad S_j = \sum_k \frac{e^{s_{jk}/\gamma}}{\sum_l e^{s_{jl}/\gamma}} s_{jk}

    A class may lie in several places of the space; ``gamma`` to 0 is the nearest prototype, a large
    ``gamma`` their mean. Wants ``candidates=prototypes`` with the same ``per_class``, in its
    order. The paper's regulariser, which merges the centers of a class, looks at the prototypes
    themselves: ``regulariser=[merged_prototypes]``. With one prototype a class it is ``CosFace``.

    Values are those of pytorch-metric-learning, whose ``la`` is ``1 / t``, without its
    ``weight_regularizer``.

    Args:
        per_class: prototypes a class; that of the store of prototypes.
        gamma: ``> 0``, temperature of the choice between a class's prototypes.
        margin: ``0 <= m < 2``, in cosine.
        temperature: ``t > 0``; the paper's lambda is ``1 / t``, here 20.

    Shape: similarity and masks ``(a, c)``, ``c`` a multiple of ``per_class``; returns the sum over
    anchors and their number.

    Raises:
        InputError: ``per_class`` does not divide ``c``.

    Source: Qian et al. 2019 (arXiv 1909.05235).

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1, 0.8, 0.1]]); mask = torch.tensor([[True, False, True, False]])
    >>> loss = SoftTriple(per_class=2, margin=0.0, temperature=1.0)
    >>> round(loss(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4032
    """

    on_prototypes = True
    half_blocks = True

    def __init__(
        self,
        per_class: Count = 10,
        gamma: Positive = 0.1,
        margin: CosineGap = 0.01,
        temperature: Positive = 0.05,
    ) -> None:
        super().__init__()
        self.per_class, self.gamma = per_class, gamma
        self.margin, self.temperature = margin, temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        settings = self.per_class, self.gamma, self.margin, self.temperature
        return soft_triple(similarity, pairs, *settings)
