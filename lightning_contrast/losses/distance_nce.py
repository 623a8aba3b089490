"""InfoNCE on distances, with a penalty on the normaliser."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean, softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def distance_nce(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float, penalty: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    logits = euclidean(similarity) * (-1 / temperature)
    against = masked.logsumexp(logits, pairs.negative)
    value = softplus(against[:, None] - logits)
    if penalty:
        value = value + penalty * (value + logits).square()
    value, count = masked.mean(value, pairs.positive, pairs.weight)
    return masked.total(value, (count > 0) & masked.some(pairs.negative, logits))


class DistanceNCE(Loss):
    r"""InfoNCE whose logits are minus the distances of unit vectors.

    .. math::
        L = \frac{1}{|P|} \sum_{p \in P} (Z_p - f_p + \lambda Z_p^2), \quad
        Z_p = \log(e^{f_p} + \sum_{n \in N} e^{f_n}), \quad f = -\sqrt{2 - 2 s} / t

    A chance that falls by the same factor with each step between two states is a distance: so a
    critic of where an agent can get to is easier to learn with it than with a cosine. InfoNCE
    leaves open which number is added to all logits of an anchor; the penalty draws it to where the
    normaliser is 1. With ``module.symmetric=true`` goals are anchors as well, and the numbers that
    are left open there do not depend on the action.

    Args:
        temperature: ``t > 0``; logits reach down to ``-2 / t``.
        penalty: weight of the squared normaliser.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Eysenbach et al. 2022 (arXiv 2206.07568); penalty and distances: Zheng et al. 2023
    (arXiv 2306.03346), Bortkiewicz et al. 2024 (arXiv 2408.11052).

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> round(DistanceNCE(temperature=1.0, penalty=0.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4001
    """

    weighs_positives = True

    def __init__(self, temperature: Positive = 0.1, penalty: NotNegative = 0.01) -> None:
        super().__init__()
        self.temperature, self.penalty = temperature, penalty

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return distance_nce(similarity, pairs, self.temperature, self.penalty)
