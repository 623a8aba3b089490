"""The columns among which an anchor's positives are: a few of thousands, known before any value is.

Most losses work out something for each positive, an exponential or a logarithm. Done for all pairs
of a block and masked, as it is on a GPU, that is much of a block's time on a CPU.
"""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

FEWER = 8  # that much shorter than a whole row, a list of columns is worth its while


class Few(NamedTuple):
    """Candidates in the order of their keys, and where in it each anchor's own key begins."""

    order: Int[Tensor, " c"]
    start: Int[Tensor, " a"]
    size: int

    def columns(self, block: slice) -> Int[Tensor, "rows k"]:
        """Candidates of the anchor's key, all of them, and some of others."""
        return self.order[self.start[block, None] + torch.arange(self.size)]


def few(anchors: Int[Tensor, " a"], candidates: Int[Tensor, " c"]) -> Few | None:
    """Of two columns of keys; ``None`` where some anchor has too many candidates of its key.

    Also on a GPU, which would have to be waited for. The size is a power of two from 2 on, so that
    batches with other classes seldom compile anew.

    >>> keys = torch.arange(4).repeat(8)
    >>> few(keys, keys)  # 8 of 32 candidates: no few
    >>> few(torch.tensor([3, 7]), torch.arange(32).flip(0)).columns(slice(0, 2)).tolist()
    [[28, 27], [24, 23]]
    """
    if candidates.device.type != "cpu" or not len(anchors) or not len(candidates):
        return None
    ordered, order = candidates.sort()
    start = torch.searchsorted(ordered, anchors)
    most = int((torch.searchsorted(ordered, anchors, right=True) - start).max())
    size = 1 << max(most - 1, 1).bit_length()
    if size * FEWER > len(candidates):
        return None
    return Few(order, start.clamp_max(len(candidates) - size), size)
