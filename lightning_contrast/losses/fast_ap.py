"""FastAP: average precision of an anchor's ranking, by a histogram of distances."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from lightning_contrast.config.ranges import Count
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import clamp
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def fast_ap(similarity: Float[Tensor, "a c"], pairs: Pairs, bins: int) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    place = clamp((1 - similarity) * (bins / 2), 0.0, float(bins))  # d^2 in widths of a bin
    everyone = pairs.positive | pairs.negative
    positives, everyone = masked.running_histograms(place, (pairs.positive, everyone), bins)
    precision = positives / (everyone + (everyone == 0))
    average = (steps(positives) * precision).sum(1)
    count = positives[:, -1].detach()
    return masked.total(1 - average / count.clamp_min(1), count > 0)


def steps(running: Tensor) -> Tensor:
    """What each edge adds to a running sum.

    >>> import torch
    >>> steps(torch.tensor([[2.0, 5.0]]))
    tensor([[2., 3.]])
    """
    return running - pad(running[:, :-1], (1, 0))


class FastAP(Loss):
    r"""FastAP: one less the average precision of the anchor's ranking of its candidates.

    .. math::
        L = 1 - \frac{1}{|P|} \sum_{j=0}^{B} \frac{h^+_j H^+_j}{H_j}

    ``h`` is the histogram of the squared distances ``d² = 2 - 2 s`` of unit vectors, from 0 to 4,
    of positives (``+``) or of all pairs; ``H`` is its running sum. A pair between two of the
    ``B + 1`` edges counts for both, by its nearness: that is where the gradient comes from. A list
    loss: it optimises the retrieval metric itself, and wants large batches with many positives.

    Values are those of pytorch-metric-learning with its mean over all anchors.

    Args:
        bins: ``B >= 1``, between the edges; few are smoother, many nearer to the average precision.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Cakir et al. 2019, "Deep metric learning to rank" (CVPR).

    >>> import torch
    >>> s = torch.tensor([[0.0, 1.0]]); mask = torch.tensor([[True, False]])
    >>> round(FastAP(bins=2)(s, Pairs(mask, ~mask))[0].item(), 4)  # the positive ranks second
    0.5
    """

    def __init__(self, bins: Count = 10) -> None:
        super().__init__()
        self.bins = bins

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return fast_ap(similarity, pairs, self.bins)
