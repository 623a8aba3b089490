"""Keeps the hardest few negatives."""

from jaxtyping import Bool, Float
from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.engine import masked
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def top_k(
    similarity: Float[Tensor, "a c"], mask: Bool[Tensor, "a c"], k: int
) -> Bool[Tensor, "a c"]:
    """The ``k`` most similar masked entries of each row, including ties with the last of them."""
    few = min(k, similarity.shape[1])
    last = masked.only(similarity, mask).topk(few, dim=1).values[:, -1:]
    return mask & (similarity >= last)


class TopKNegatives(Miner):
    """Keeps each anchor's ``k`` most similar negatives, and all positives.

    It lies between ``miner=hardest`` (one negative) and ``miner=keep_all``. Negatives as similar as
    the ``k``-th are kept too. An anchor with fewer than ``k`` negatives keeps them all.

    Args:
        k: at least 1.

    Source: the online hard example mining of Shrivastava et al. 2016 (arXiv 1604.03540), by row.

    >>> import torch
    >>> s = torch.tensor([[.9, .1, .8, .3, .8]])
    >>> mask = torch.tensor([[True, False, False, False, False]])
    >>> TopKNegatives(k=1)(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 0, 1, 0, 1]]
    """

    similarities = ("cosine", "dot", "euclidean", "angle")

    def __init__(self, k: Count = 10) -> None:
        self.k = k

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        return Pairs(pairs.positive, top_k(similarity, pairs.negative, self.k))
