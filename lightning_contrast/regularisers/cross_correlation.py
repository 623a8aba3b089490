"""The same number of two views goes together, different ones do not."""

from itertools import combinations

import torch
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.regularisers.regulariser import Regulariser, Views


def standardised(views: Views, epsilon: float) -> Tensor:
    """Each number of each view with mean 0 and deviation 1 over the batch (``n`` below)."""
    centred = views - views.mean(1, keepdim=True)
    return centred / (centred.square().mean(1, keepdim=True) + epsilon).sqrt()


class CrossCorrelation(Regulariser):
    r"""Barlow Twins: the cross-correlation of the numbers of two views is the identity.

    .. math::
        L = \sum_j (1 - C_{jj})^2 + \lambda \sum_{j \ne k} C_{jk}^2 \qquad
        C = \frac{1}{n} \sum_i \hat z_i \hat z_i'^{\top}

    ``z`` with a hat has mean 0 and deviation 1 over the batch of all ranks, each view by itself, as
    in the paper and in lightly. Of several views, the mean over their pairs. Memory is that of the
    projections and ``d^2``. A batch of one row has a penalty of 0.

    Args:
        weight: of the penalty; the sum grows with ``d^2``, so small ones suit a learning rate that
            is made for a contrast.
        redundancy: ``lambda``, the price of numbers that go together.
        epsilon: under the root of the deviation, as in batch norm.

    Shape: views ``(v, n, d)``.

    Source: Zbontar et al. 2021 (arXiv 2103.03230).

    >>> x = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> part = CrossCorrelation()
    >>> [round(part(torch.stack((x, other))).item(), 3) for other in (x, -x)]
    [0.0, 8.0]
    """

    needs_positives = True

    def __init__(
        self,
        weight: NotNegative = 1.0,
        redundancy: NotNegative = 0.005,
        epsilon: Positive = 1e-5,
    ) -> None:
        super().__init__(weight)
        self.redundancy, self.epsilon = redundancy, epsilon

    def forward(self, views: Views) -> Tensor:
        count = views.shape[1]
        if count < 2:
            return 0 * views.sum()
        found = [
            self._of_a_pair(a.T @ b / count)
            for a, b in combinations(standardised(views, self.epsilon), 2)
        ]
        return torch.stack(found).mean() if found else 0 * views.sum()

    def _of_a_pair(self, matrix: Tensor) -> Tensor:
        own = matrix.diagonal()
        others = matrix.square().sum() - own.square().sum()
        return (1 - own).square().sum() + self.redundancy * others
