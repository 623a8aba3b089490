"""Angular loss on sums of a row and its drawn positive."""

import math
from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def angular(similarity: Float[Tensor, "a c"], pairs: Pairs, alpha: float) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    squared_tangent = math.tan(math.radians(alpha)) ** 2
    near, count = masked.mean(similarity, pairs.positive)
    push = masked.logsumexp(4 * squared_tangent * similarity, pairs.negative)
    value = softplus(push - 2 * (1 + squared_tangent) * (near - 1))
    return masked.total(value, (count > 0) & masked.some(pairs.negative, similarity))


Degrees = Annotated[float, Range(above=0, below=90, unit="degrees")]


class Angular(Loss):
    r"""Angular loss: a bound on the angle at the negative of the triangle it forms with a pair.

    .. math::
        L = \log \Big(1 + \sum_{n} \exp\big(4 \tan^2 \alpha \, (s_{an} + s_{pn})
          - 2 (1 + \tan^2 \alpha) \, s_{ap}\big)\Big)

    The anchors of the block are sums ``a + p`` of a row and the positive drawn for it, not
    normalised: their similarity to ``n`` is ``s_an + s_pn``, and to the positive itself
    ``s_ap + 1``, from which 1 is taken off again. Wants one positive an anchor, the drawn one
    (``pairing=drawn``, ``positives=same_class`` or ``view``): of several the mean is taken, which
    is another loss. ``miner=angular`` works on the same sums.

    Values are those of pytorch-metric-learning for the same pairs, with its mean over all anchors.

    Args:
        alpha: degrees, between 0 and 90; the paper uses 36 to 55.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Wang et al. 2017 (arXiv 1708.01682).

    >>> import torch  # s_ap = 0.5, s_an + s_pn = 0.5
    >>> sums = torch.tensor([[1.5, 0.5]]); mask = torch.tensor([[True, False]])
    >>> round(Angular(alpha=45)(sums, Pairs(mask, ~mask))[0].item(), 4)  # log 2
    0.6931
    """

    needs_pair_sums = True

    def __init__(self, alpha: Degrees = 45.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return angular(similarity, pairs, self.alpha)
