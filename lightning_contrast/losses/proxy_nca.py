"""ProxyNCA++: neighbourhood component analysis on prototypes."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.losses.loss import Loss
from lightning_contrast.losses.normalized_softmax import normalized_softmax
from lightning_contrast.types import Pairs


def proxy_nca(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number.

    ``-d^2 / t = (2 s - 2) / t``, and what all logits share drops out of a softmax.
    """
    return normalized_softmax(similarity, pairs, temperature / 2)


class ProxyNCA(Loss):
    r"""ProxyNCA++: the probability that an anchor picks the prototype (proxy) of its class.

    .. math::
        L = -\log \frac{e^{-d_y^2/t}}{e^{-d_y^2/t} + \sum_{n \in N} e^{-d_n^2/t}}

    ``d^2 = 2 - 2 s`` is the squared Euclidean distance of unit vectors, so this is
    ``NormalizedSoftmax`` at half the temperature, in the terms of its paper. Unlike in the first
    ProxyNCA the class's own prototype stands in the denominator. Wants ``candidates=prototypes``
    with one a class (of several positives the mean counts); the paper gives prototypes a learning
    rate far above the encoder's (``module.head_lr_factor``).

    Values are those of pytorch-metric-learning, whose ``softmax_scale`` is ``1 / t``.

    Args:
        temperature: ``t > 0``; the paper's choice is 1/9.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Teh et al. 2020 (arXiv 2004.01113); Movshovitz-Attias et al. 2017 (arXiv 1703.07464)
    for ProxyNCA.

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> round(ProxyNCA(temperature=2.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4032
    """

    on_prototypes = True

    def __init__(self, temperature: Positive = 0.111) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return proxy_nca(similarity, pairs, self.temperature)
