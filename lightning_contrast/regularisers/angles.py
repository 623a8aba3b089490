"""The angles of three rows are those that a teacher sees."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import smooth_l1_loss
from torch.utils.checkpoint import checkpoint

from lightning_contrast.batch import normalized
from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.regularisers.regulariser import Regulariser, Views

NUMBERS = 1 << 22  # cosines that are formed at a time


def cosines(
    rows: Float[Tensor, "n d"], vertex: Float[Tensor, "v d"], ends: slice
) -> Float[Tensor, "v e n"]:
    """Of the angles at some rows between some rows and all rows; 0 where two rows coincide."""
    toward = normalized(rows - vertex[:, None])
    return toward[:, ends] @ toward.mT


def difference(
    rows: Float[Tensor, "n d"], keys: Float[Tensor, "n t"], vertices: slice, ends: slice
) -> Tensor:
    student, teacher = (cosines(each, each[vertices], ends) for each in (rows, keys))
    return smooth_l1_loss(student, teacher, reduction="sum")


class Angles(Regulariser):
    r"""Angle-wise relational distillation (RKD-A): the student's angles are the teacher's.

    .. math::
        L = \operatorname{mean}_{i \ne j \ne k \ne i} h\big(\cos \angle_{ijk},
            \cos \angle^T_{ijk}\big) \qquad
        \cos \angle_{ijk} = \Big\langle \frac{u_i - u_j}{\|u_i - u_j\|},
            \frac{u_k - u_j}{\|u_k - u_j\|} \Big\rangle

    over all three different rows of the batch of all ranks, ``h`` the Huber loss with threshold 1;
    ``u`` are unit vectors, and the teacher's keys have any width. Then the mean over the views,
    which share their keys. The paper's code divides by ``n^3``, as if a row were three. Time is
    that of ``n^3 d`` products, memory linear in the batch: some four million cosines are formed at
    a time, and once more for the gradient. A batch of two rows has a penalty of 0. Beside
    ``loss=rkd`` it is RKD-DA, where the paper weighs the angles twice as much as the distances.

    Args:
        weight: of the penalty.

    Shape: views ``(v, n, d)``, keys ``(n, t)``.

    Source: Park et al. 2019 (arXiv 1904.05068), equations 7 to 9.

    >>> import torch
    >>> right, straight = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]]), torch.eye(3)
    >>> round(Angles()(right, straight).item(), 4)  # 45, 90, 45 degrees in place of 60 thrice
    0.056
    """

    needs_teacher = True

    def __init__(self, weight: NotNegative = 2.0) -> None:
        super().__init__(weight)

    def forward(self, views: Views, keys: Float[Tensor, "n t"] | None = None) -> Tensor:
        assert keys is not None
        n, keys = views.shape[1], normalized(keys)
        total = 0 * views.sum()
        if n < 3:
            return total
        several, some = max(1, NUMBERS // n**2), min(n, max(1, NUMBERS // n))
        for rows in normalized(views):
            for first in range(0, n, several):
                for start in range(0, n, some):
                    part = slice(first, first + several), slice(start, start + some)
                    total = total + checkpoint(difference, rows, keys, *part, use_reentrant=False)
        return total / (len(views) * n * (n - 1) * (n - 2))
