"""Numbers of an embedding that vary, and vary apart from one another."""

from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.regularisers.regulariser import Regulariser, Views


def covariance(views: Views) -> Tensor:
    """The covariance ``(v, d, d)`` of the numbers of each view, with ``n - 1`` below."""
    count = views.shape[1]
    centred = views - views.sum(1, keepdim=True) / max(count, 1)
    return centred.mT @ centred / max(count - 1, 1)


class VarianceCovariance(Regulariser):
    r"""Each number of the projections has a deviation of 1 or more, and no two of them covary.

    .. math::
        L = \frac{\mu}{d} \sum_j \max\big(0,\, 1 - \sqrt{C_{jj} + \epsilon}\big)
            + \frac{2 \nu}{d} \sum_{j \ne k} C_{jk}^2

    ``C`` is the covariance of the batch of all ranks, with ``n - 1`` below; both terms are means
    over the views, so that two views count for the covariance as they do in the paper and in
    lightly. With ``regulariser=[invariance,variance_covariance]`` and no contrast it is VICReg.
    Memory is that of the projections and ``d^2`` a view. A batch of one row has no variance, and is
    pushed to none.

    Args:
        weight: of the penalty.
        variance: ``mu``.
        covariance: ``nu``.
        epsilon: under the root.

    Shape: views ``(v, n, d)``.

    Source: Bardes et al. 2021 (arXiv 2105.04906), equations 1 to 4.

    >>> import torch
    >>> apart = torch.tensor([[[2.0, 0.0], [-2.0, 0.0], [0.0, 2.0], [0.0, -2.0]]])
    >>> VarianceCovariance()(apart).item(), round(VarianceCovariance()(0 * apart).item(), 2)
    (0.0, 24.75)
    """

    def __init__(
        self,
        weight: NotNegative = 1.0,
        variance: NotNegative = 25.0,
        covariance: NotNegative = 1.0,
        epsilon: Positive = 1e-4,
    ) -> None:
        super().__init__(weight)
        self.variance, self.covariance, self.epsilon = variance, covariance, epsilon

    def forward(self, views: Views) -> Tensor:
        if views.shape[1] < 2:
            return 0 * views.sum()
        matrix = covariance(views)
        own = matrix.diagonal(dim1=1, dim2=2)
        spread = (1 - (own + self.epsilon).sqrt()).relu().mean()
        apart = (matrix.square().sum((1, 2)) - own.square().sum(1)).mean() / views.shape[2]
        return self.variance * spread + 2 * self.covariance * apart
