"""Relational distillation: the student's distances in the proportions of the teacher's."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs

LEAST = 1e-3  # of a mean distance: rows that all coincide have no proportions


def relational(
    similarity: Float[Tensor, "a c"], teacher: Float[Tensor, "a c"], pairs: Pairs
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a pair, and their number."""
    every = pairs.positive | pairs.negative

    def proportions(cosine: Tensor) -> Tensor:
        distance = euclidean(cosine)
        return distance / masked.mean(distance, every)[0].clamp_min(LEAST)[:, None]

    difference = smooth_l1_loss(proportions(similarity), proportions(teacher), reduction="none")
    value, count = masked.mean(difference, every)
    return masked.total(value, count > 0)


class RKD(Loss):
    r"""Distance-wise relational distillation (RKD-D): distances in the teacher's proportions.

    .. math::
        L = \operatorname{mean}_{c} \, h\Big(\frac{d_c}{\bar d}, \frac{d^T_c}{\bar d^T}\Big)

    over all positive and negative candidates ``c`` of an anchor; ``d = sqrt(2 - 2 s)`` is the
    Euclidean distance of unit vectors, ``h`` the Huber loss with threshold 1. The paper divides by
    the mean distance of the whole batch; here it is the mean of the anchor's own candidates, which
    a block of anchors knows. The angles of three rows (RKD-A) are ``regulariser=[angles]``. No key
    of the teacher is a target itself, so it may have any width.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Park et al. 2019 (arXiv 1904.05068).

    >>> import torch
    >>> s = torch.tensor([[0.5, -1.0]]); mask = torch.tensor([[True, False]])  # distances 1 and 2
    >>> RKD()(s, Pairs(mask, ~mask, teacher=torch.tensor([[0.875, 0.5]])))  # half of them
    (tensor(0.), tensor(1.))
    """

    needs_teacher = True
    needs_positives = False

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return relational(similarity, self.taught(pairs), pairs)
