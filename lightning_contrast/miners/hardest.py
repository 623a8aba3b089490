"""Batch-hard mining."""

from jaxtyping import Bool, Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def only(best: Float[Tensor, "a c"], mask: Bool[Tensor, "a c"]) -> Bool[Tensor, "a c"]:
    """The masked entry of each row with the largest ``best``, with ties; none if it is empty."""
    return mask & (best >= masked.only(best, mask).amax(1, keepdim=True))


class Hardest(Miner):
    """Keeps each anchor's least similar positive and most similar negative (batch-hard).

    Source: Hermans et al. 2017 (arXiv 1703.07737). Training from scratch with a hard margin tends
    to collapse: begin with ``miner=semi_hard``, or warm up the learning rate.

    >>> import torch
    >>> s = torch.tensor([[.9, .1, .8, .2]])
    >>> mask = torch.tensor([[True, True, False, False]])
    >>> kept = Hardest()(s, Pairs(mask, ~mask))
    >>> kept.positive.int().tolist(), kept.negative.int().tolist()
    ([[0, 1, 0, 0]], [[0, 0, 1, 0]])
    """

    similarities = ("cosine", "dot", "euclidean", "angle")
    gives_single = True

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        positive, negative = only(-similarity, pairs.positive), only(similarity, pairs.negative)
        return Pairs(positive, negative, single=True)
