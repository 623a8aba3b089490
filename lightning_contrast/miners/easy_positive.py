"""Easy positive mining."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.miners.hardest import only
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def easy_positive(similarity: Float[Tensor, "a c"], pairs: Pairs, negative: str) -> Pairs:
    """The most similar positive, and the negatives that ``negative`` selects."""
    positive = only(similarity, pairs.positive)
    if negative == "all":
        return Pairs(positive, pairs.negative)
    left = pairs.negative
    if negative == "semi_hard":
        left = left & (similarity < masked.only(similarity, pairs.positive).amax(1, keepdim=True))
    return Pairs(positive, only(similarity, left), single=True)


class EasyPositive(Miner):
    """Keeps each anchor's most similar positive, so that a class may form several clusters.

    The negatives are the most similar one (``hard``), the most similar one that is less similar
    than that positive (``semi_hard``, the paper's EPSHN), or all (``all``). An anchor without a
    semi-hard negative keeps only its positive; losses that compare the two leave it out. It needs
    several rows of each class (``sampler=class_balanced``).

    Args:
        negative: ``"semi_hard"``, ``"hard"`` or ``"all"``.

    Source: Xuan et al. 2020 (arXiv 1904.04370).

    >>> import torch
    >>> s = torch.tensor([[.1, .5, .8, .2]])
    >>> mask = torch.tensor([[True, True, False, False]])
    >>> kept = EasyPositive("semi_hard")(s, Pairs(mask, ~mask))
    >>> kept.positive.int().tolist(), kept.negative.int().tolist()
    ([[0, 1, 0, 0]], [[0, 0, 0, 1]])
    """

    similarities = ("cosine", "dot", "euclidean", "angle")

    def __init__(self, negative: Literal["semi_hard", "hard", "all"] = "semi_hard") -> None:
        self.negative = negative
        self.gives_single = negative != "all"

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        return easy_positive(similarity, pairs, self.negative)
