"""Pair margin mining."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Cosine
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


class PairMargin(Miner):
    """Keeps positives less similar than one margin, and negatives more similar than another.

    Each pair is compared with a fixed margin, not with other pairs. The defaults are Euclidean
    distances of 0.2 and 0.8, those of pytorch-metric-learning's ``PairMarginMiner``.

    Args:
        positive_margin: a cosine; positives at least as similar are dropped.
        negative_margin: a cosine; negatives at most as similar are dropped.

    >>> import torch
    >>> s = torch.tensor([[.99, .9, .7, .1]])
    >>> mask = torch.tensor([[True, True, False, False]])
    >>> kept = PairMargin()(s, Pairs(mask, ~mask))
    >>> kept.positive.int().tolist(), kept.negative.int().tolist()
    ([[0, 1, 0, 0]], [[0, 0, 1, 0]])
    """

    def __init__(self, positive_margin: Cosine = 0.98, negative_margin: Cosine = 0.68) -> None:
        self.positive_margin, self.negative_margin = positive_margin, negative_margin

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        positive = pairs.positive & (similarity < self.positive_margin)
        return Pairs(positive, pairs.negative & (similarity > self.negative_margin))
