"""Views of a row at the same place."""

from itertools import combinations

from torch import Tensor

from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.regularisers.regulariser import Regulariser, Views


def invariance(views: Views) -> Tensor:
    """Mean squared difference of the views of a row, over numbers, rows and pairs of views."""
    pairs = [(a - b).square() for a, b in combinations(views, 2)]
    size = max(len(pairs) * views[0].numel(), 1)
    return sum((pair.sum() for pair in pairs), 0 * views.sum()) / size


class Invariance(Regulariser):
    r"""The mean squared difference of two views of a row: VICReg's first term.

    .. math:: L = \frac{1}{n d} \sum_i \|z_i - z'_i\|^2

    Of several views, the mean over their pairs. Memory is that of the projections. Alone it makes
    all rows alike: ``variance_covariance`` or ``sigreg`` beside it keeps them apart.

    Args:
        weight: of the penalty; VICReg's is 25.

    Shape: views ``(v, n, d)``.

    Source: Bardes et al. 2021 (arXiv 2105.04906), equation 5.

    >>> import torch
    >>> Invariance()(torch.tensor([[[0.0, 1.0]], [[2.0, 1.0]]]))
    tensor(2.)
    """

    needs_positives = True

    def __init__(self, weight: NotNegative = 25.0) -> None:
        super().__init__(weight)

    def forward(self, views: Views) -> Tensor:
        return invariance(views)
