"""InfoNCE with a learnt temperature, as CLIP has it."""

import math

import torch
from torch import Tensor, nn

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


class Clip(Loss):
    r"""The symmetric cross-entropy of CLIP: each positive against all negatives, at a temperature
    that is learnt.

    .. math::
        L = \frac{-1}{|P|} \sum_{p \in P} \log
            \frac{e^{s_p/t}}{e^{s_p/t} + \sum_{n \in N} e^{s_n/t}},
        \qquad 1/t = \min(e^{t'}, 1/t_{\min})

    ``t'`` is learnt with the encoder, and clipped as in the paper: the temperature does not fall
    below ``least_temperature``. With ``positives=paired``, ``pairing.cross_view=true`` and both
    sides as anchors (``module.symmetric=true``) the mean is that of the paper, at any batch and on
    any number of processes.

    Args:
        initial_temperature: ``t > 0`` at the start.
        least_temperature: ``t_min > 0``.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Radford et al. 2021 (arXiv 2103.00020).

    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> round(Clip(initial_temperature=1.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4032
    """

    similarities = ("cosine", "dot", "euclidean")

    def __init__(
        self, initial_temperature: Positive = 0.07, least_temperature: Positive = 0.01
    ) -> None:
        super().__init__()
        self.initial_temperature = initial_temperature
        self.least_temperature = least_temperature
        self.log_inverse_temperature = nn.Parameter(torch.tensor(-math.log(initial_temperature)))

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        learnt = self.log_inverse_temperature.clamp(max=-math.log(self.least_temperature))
        scale = learnt.to(similarity.dtype).exp().expand(len(similarity), 1)
        logits = similarity * scale
        against = masked.logsumexp(logits, pairs.negative)
        value, count = masked.mean(softplus(against[:, None] - logits), pairs.positive)
        return masked.total(value, (count > 0) & masked.some(pairs.negative, logits))
