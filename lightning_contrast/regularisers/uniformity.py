"""Unit vectors spread evenly over the sphere."""

from typing import Annotated, Any

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.config.ranges import NotNegative, Range
from lightning_contrast.regularisers.regulariser import Regulariser, Views

BLOCK = 512


class _LogMeanPotential(torch.autograd.Function):
    """Block by block, each with its gradient while it is in hand."""

    @staticmethod
    def forward(ctx: Any, rows: Float[Tensor, "n d"], t: float) -> Tensor:
        total, slope = rows.new_zeros(()), torch.empty_like(rows)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            potential = (2 * t * (rows[block] @ rows.T - 1)).exp()
            potential.diagonal(start).zero_()
            total += potential.sum()
            slope[block] = potential @ rows
        ctx.save_for_backward(slope * (4 * t) / total)  # each pair is met twice
        return (total / (len(rows) * (len(rows) - 1))).log()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        (slope,) = ctx.saved_tensors
        return gradient * slope, None


class Uniformity(Regulariser):
    r"""The logarithm of the mean Gaussian potential of two rows.

    .. math:: L = \log \frac{1}{n (n - 1)} \sum_{i \ne j} e^{-t \|u_i - u_j\|^2}

    of the unit vectors of each view of the batch of all ranks; then the mean over the views. With
    ``loss=alignment`` it is the method of the paper. Blocks of 512 rows: memory is linear in the
    batch. A batch of one row has a penalty of 0.

    Args:
        weight: of the penalty.
        t: how fast the potential falls, above 0 and at most 20 (then the farthest pair is still a
            float32).

    Shape: views ``(v, n, d)``.

    Source: Wang and Isola 2020 (arXiv 2005.10242).

    >>> two = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
    >>> Uniformity()(two).item()  # -2 * 2^2
    -8.0
    """

    def __init__(
        self, weight: NotNegative = 1.0, t: Annotated[float, Range(above=0, most=20)] = 2.0
    ) -> None:
        super().__init__(weight)
        self.t = t

    def forward(self, views: Views) -> Tensor:
        if views.shape[1] < 2:
            return 0 * views.sum()
        return torch.stack(
            [_LogMeanPotential.apply(normalized(view), self.t) for view in views]
        ).mean()
