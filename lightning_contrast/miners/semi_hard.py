"""Semi-hard mining."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def semi_hard(similarity: Float[Tensor, "a c"], pairs: Pairs, margin: float) -> Pairs:
    """Negatives farther than the anchor's farthest positive, by less than ``margin``."""
    distance = euclidean(similarity)
    farthest = masked.only(distance, pairs.positive).amax(1, keepdim=True)
    band = (distance > farthest) & (distance < farthest + margin)
    return Pairs(pairs.positive, pairs.negative & band)


class SemiHard(Miner):
    """Keeps all positives, and the negatives just beyond the farthest of them.

    ``max_p d(a, p) < d(a, n) < max_p d(a, p) + margin``, with the Euclidean distance ``d``. No hard
    triplet is left, so training from scratch does not collapse. An anchor without such a negative
    does not count.

    Args:
        margin: width of the band, in Euclidean distance of unit vectors (0 to 2).

    Source: Schroff et al. 2015 (arXiv 1503.03832).

    >>> import torch
    >>> s = torch.tensor([[.5, .9, .45, -.9]])
    >>> mask = torch.tensor([[True, False, False, False]])
    >>> SemiHard(0.2)(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 0, 1, 0]]
    """

    similarities = ("cosine", "euclidean")

    def __init__(self, margin: Positive = 0.2) -> None:
        self.margin = margin

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        return semi_hard(similarity, pairs, self.margin)
