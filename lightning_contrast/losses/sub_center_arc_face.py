"""ArcFace with several prototypes a class."""

from functools import reduce

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.engine import masked
from lightning_contrast.errors import InputError
from lightning_contrast.losses.arc_face import Margin, arc_face
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def by_class(columns: Shaped[Tensor, "a c"], per_class: int) -> Shaped[Tensor, "a k classes"]:
    """The columns of prototypes, the first one of each class, then the second one, and so on.

    So what is gathered for a class is gathered for many classes at once.

    Raises:
        InputError: the number of columns is not a multiple of ``per_class``.
    """
    if columns.shape[1] % per_class:
        raise InputError(
            f"per_class={per_class} must divide the number of prototypes, got {columns.shape[1]}: "
            f"set candidates=prototypes and candidates.prototypes.per_class={per_class}"
        )
    return columns.unflatten(1, (per_class, -1))


def class_pairs(pairs: Pairs, per_class: int) -> Pairs:
    """A class is positive or negative where one of its prototypes is."""
    kinds = (by_class(mask, per_class).unbind(1) for mask in pairs[:2])
    positive, negative = (reduce(torch.bitwise_or, kind) for kind in kinds)
    return Pairs(positive, negative)


def sub_center_arc_face(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    per_class: int,
    margin: float,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    kept = masked.only(similarity, pairs.positive | pairs.negative)
    nearest = reduce(torch.maximum, by_class(kept, per_class).unbind(1))
    return arc_face(nearest, class_pairs(pairs, per_class), margin, temperature)


class SubCenterArcFace(Loss):
    r"""ArcFace on the nearest of several prototypes (sub-centers) of each class.

    .. math::
        L = -\log \frac{e^{\cos(\theta_y + m)/t}}
            {e^{\cos(\theta_y + m)/t} + \sum_{j \ne y} e^{\cos(\theta_j)/t}}
        \qquad \theta_j = \min_k \arccos(s_{jk})

    One of a class's prototypes gathers its clean rows and the others its outliers, so that wrong
    labels do less harm. Wants ``candidates=prototypes`` with the same ``per_class``, in its
    order. ``SoftTriple`` has a soft maximum; see ``ArcFace`` for large angles.

    Values are those of pytorch-metric-learning, whose ``scale`` is ``1 / t``, and whose margin is
    in degrees.

    Args:
        per_class: prototypes a class; that of the store of prototypes.
        margin: ``0 <= m < pi/2``, in radians.
        temperature: ``t > 0``; the papers' scale is ``1 / t``, here 64.

    Shape: similarity and masks ``(a, c)``, ``c`` a multiple of ``per_class``; returns the sum over
    anchors and their number.

    Raises:
        InputError: ``per_class`` does not divide ``c``.

    Source: Deng et al. 2020, "Sub-center ArcFace: boosting face recognition by large-scale noisy
    web faces" (ECCV).

    >>> import torch
    >>> s = torch.tensor([[0.1, 0.1, 0.8, -0.5]]); mask = torch.tensor([[True, False, True, False]])
    >>> loss = SubCenterArcFace(per_class=2, margin=0.0, temperature=1.0)
    >>> round(loss(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4032
    """

    on_prototypes = True
    half_blocks = True

    def __init__(
        self, per_class: Count = 3, margin: Margin = 0.5, temperature: Positive = 0.015625
    ) -> None:
        super().__init__()
        self.per_class, self.margin, self.temperature = per_class, margin, temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        settings = self.per_class, self.margin, self.temperature
        return sub_center_arc_face(similarity, pairs, *settings)
