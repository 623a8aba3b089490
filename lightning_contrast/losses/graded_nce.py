"""InfoNCE of pairs that are more or less alike."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs

LEAST = 2.0**-20  # of a share, so that its log is finite; 1 - LEAST is a float32


def graded_nce(
    similarity: Float[Tensor, "a c"], score: Float[Tensor, "a c"], pairs: Pairs, temperature: float
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    logits = similarity * (1 / temperature)
    alike = score.to(logits.dtype).clamp(LEAST, 1 - LEAST)
    against = masked.logsumexp(logits + (1 - alike).log(), pairs.negative)
    value = softplus(against[:, None] - logits - alike.log())
    value, count = masked.mean(value, pairs.positive, pairs.weight)
    return masked.total(value, (count > 0) & masked.some(pairs.negative, logits))


class GradedNCE(Loss):
    r"""InfoNCE in which a positive counts by how alike the pair is, and a negative by how little.

    .. math::
        L = \frac{-1}{|P|} \sum_{p \in P} \log
            \frac{y_p e^{s_p / t}}{y_p e^{s_p / t} + \sum_{n \in N} (1 - y_n) e^{s_n / t}}

    ``y`` is the graded similarity of a pair, from 0 to 1: with ``pairing=behaviour`` it says
    whether the same is done from two moments on. A negative that is alike is hardly pushed.

    Args:
        temperature: ``t > 0``.

    Shape: similarity, masks and ``pairs.score`` ``(a, c)``; returns the sum over anchors and their
    number.

    Source: Agarwal et al. 2021 (arXiv:2101.05265), equation 4.

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> pairs = Pairs(mask, ~mask, score=torch.tensor([[1.0, 0.5]]))
    >>> round(GradedNCE(temperature=1.0)(s, pairs)[0].item(), 4)  # log(1 + 0.5 e^-0.7)
    0.2218
    """

    reads_scores = "graded"
    similarities = ("cosine", "dot", "euclidean")
    weighs_positives = True

    def __init__(self, temperature: Positive = 0.1) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return graded_nce(similarity, self.scores(pairs), pairs, self.temperature)
