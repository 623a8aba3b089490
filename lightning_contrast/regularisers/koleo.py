"""No row close to its nearest neighbour."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.regularisers.regulariser import Regulariser, Views

BLOCK = 512


@torch.no_grad()
def nearest(rows: Float[Tensor, "n d"]) -> Int[Tensor, " n"]:
    """The most similar other row of each unit row, a block of rows at a time."""
    found = []
    for start in range(0, len(rows), BLOCK):
        similarity = rows[start : start + BLOCK] @ rows.T
        similarity.diagonal(start).fill_(-2)  # below any cosine: a row is not its own neighbour
        found.append(similarity.argmax(1))
    return torch.cat(found)


class KoLeo(Regulariser):
    r"""Spreads unit vectors: the logarithm of the distance to the nearest neighbour is large.

    .. math:: L = -\frac1n \sum_i \log\big(\min_{j \ne i} \|u_i - u_j\| + \epsilon\big)

    It is the entropy estimate of Kozachenko and Leonenko, in each view of the batch of all ranks by
    itself; then the mean over the views. DINOv2 uses it. Similarities are formed in blocks of 512
    rows: memory is linear in the batch. A batch of one row has a penalty of 0. lightly adds epsilon
    to each coordinate of the difference: the two agree where no rows coincide.

    Args:
        weight: of the penalty; DINOv2's is 0.1.
        epsilon: added to the distance.

    Shape: views ``(v, n, d)``.

    Source: Sablayrolles et al. 2018 (arXiv 1806.03198).

    >>> two = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
    >>> round(KoLeo()(two).item(), 4)  # -log 2
    -0.6931
    """

    def __init__(self, weight: NotNegative = 0.1, epsilon: Positive = 1e-8) -> None:
        super().__init__(weight)
        self.epsilon = epsilon

    def forward(self, views: Views) -> Tensor:
        if views.shape[1] < 2:
            return 0 * views.sum()
        return torch.stack([self._of_a_view(normalized(view)) for view in views]).mean()

    def _of_a_view(self, rows: Tensor) -> Tensor:
        distance = (rows - rows[nearest(rows)]).norm(dim=1)
        return -(distance + self.epsilon).log().mean()
