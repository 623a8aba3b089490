"""Distance weighted sampling of negatives."""

from typing import Annotated

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.errors import InputError
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs

TINY = 1e-7  # opposite rows have an infinite weight; this is about the resolution of float32


def log_weights(
    similarity: Float[Tensor, "a c"], embedding_size: int, cutoff: float
) -> Float[Tensor, "a c"]:
    """``-log q(d)`` up to a constant: how rare a distance is on the unit sphere.

    >>> log_weights(torch.tensor([[0., 0.9]]), 3, 0.5).exp().tolist()  # 1 / d, d at least 0.5
    [[0.70710..., 2.0]]
    """
    squared = (2 - 2 * similarity).clamp_min(cutoff * cutoff)
    far = (1 - squared / 4).clamp_min(TINY).log()
    return (1 - embedding_size / 2) * squared.log() - (embedding_size - 3) / 2 * far


class DistanceWeighted(Miner):
    r"""Draws one negative an anchor so that all distances are equally likely; keeps all positives.

    .. math::
        P(n) \propto 1 / q(d_n) \qquad
        q(d) \propto d^{D - 2} \Big(1 - \frac{d^2}{4}\Big)^{(D - 3) / 2}

    ``q`` is the density of Euclidean distances of random rows on the unit sphere. In many
    dimensions nearly all distances are about ``sqrt 2``, and a uniform draw would find no others.
    Every step draws anew, from torch's generator. An anchor with no negative nearer than
    ``nonzero_loss_cutoff`` gets none.

    Args:
        embedding_size: ``D``, the width of the embeddings.
        cutoff: negatives nearer than this distance (0 to 2) get the weight of this distance.
        nonzero_loss_cutoff: negatives at this distance or farther are never drawn.

    Raises:
        InputError: ``cutoff`` is not below ``nonzero_loss_cutoff``.

    Source: Wu et al. 2017 (arXiv 1706.07567), section 4.

    >>> s = torch.tensor([[.5, .9, .4, -.9]])
    >>> mask = torch.tensor([[True, False, False, False]])
    >>> kept = DistanceWeighted(embedding_size=8)(s, Pairs(mask, ~mask))
    >>> kept.negative.sum().item(), kept.negative[0, 3].item()
    (1, False)
    """

    draws_at_random = True

    def __init__(
        self,
        embedding_size: Annotated[int, Range(least=2)],
        cutoff: Positive = 0.5,
        nonzero_loss_cutoff: Annotated[float, Range(above=0, most=2)] = 1.4,
    ) -> None:
        if cutoff >= nonzero_loss_cutoff:
            raise InputError(
                "cutoff must be below nonzero_loss_cutoff, got "
                f"{cutoff} and {nonzero_loss_cutoff}: set 0.5 and 1.4"
            )
        self.embedding_size, self.cutoff = embedding_size, cutoff
        self.nonzero_loss_cutoff = nonzero_loss_cutoff

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        reach = 1 - self.nonzero_loss_cutoff**2 / 2
        allowed = pairs.negative & (similarity > reach)
        logits = log_weights(similarity, self.embedding_size, self.cutoff)
        # The maximum of log-weights plus Gumbel noise is a draw by weight. The clamp keeps the
        # noise finite: a uniform number is 0 once in 2^24.
        noise = -torch.rand_like(similarity).clamp_min(2**-26).log().neg().log()
        drawn = masked.only(logits + noise, allowed).argmax(1, keepdim=True)
        column = torch.arange(similarity.shape[1], device=similarity.device)
        return Pairs(pairs.positive, allowed & (column == drawn))
