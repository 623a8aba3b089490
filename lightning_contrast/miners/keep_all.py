"""The miner that keeps every pair."""

from torch import Tensor

from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


class KeepAll(Miner):
    """Keeps every pair of the pairing.

    >>> import torch
    >>> pairs = Pairs(torch.tensor([[True, False]]), torch.tensor([[False, True]]))
    >>> KeepAll()(torch.zeros(1, 2), pairs) is pairs
    True
    """

    similarities = ("cosine", "dot", "euclidean", "angle")

    def __call__(self, similarity: Tensor, pairs: Pairs) -> Pairs:
        return pairs
