"""The candidates that an anchor should be far from and is not."""

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.engine import masked
from lightning_contrast.types import Pairs, Rows

TILE = 2**17  # similarities looked at in one go


@torch.no_grad()
def hardest_negatives(
    anchors: Rows, candidates: Rows, pairing: Callable[[Rows, Rows], Pairs], count: int
) -> tuple[Int[Tensor, "a s"], Int[Tensor, " a"]]:
    """Places of each anchor's ``count`` most similar negatives, the most similar first.

    And how many of them there are: the places after those mean nothing. Fewer than ``count``
    columns if there are fewer candidates. Block by block: memory is linear in the anchors.

    >>> rows = Rows(torch.tensor([[1., 0.], [.6, .8], [.8, .6]]), torch.tensor([0, 1, 1]),
    ...             *torch.arange(3).expand(3, 3))
    >>> from lightning_contrast.pairings.label import label_pairs
    >>> place, found = hardest_negatives(rows, rows, label_pairs, 2)
    >>> place[0].tolist(), found.tolist()
    ([2, 1], [2, 1, 1])
    """
    total = len(candidates.label)
    wide = torch.promote_types(candidates.embedding.dtype, torch.float32)
    keys = candidates.embedding.to(wide)
    places, counts = [], []
    size = max(64, TILE // max(total, 1))
    for start in range(0, max(len(anchors.label), 1), size):
        block = Rows(*(column[start : start + size] for column in anchors))
        negative = pairing(block, candidates).negative
        similarity = block.embedding.to(wide) @ keys.T
        value, place = masked.only(similarity, negative).topk(min(count, total))
        places.append(place)
        counts.append((value > masked.LOW / 2).sum(1))
    return torch.cat(places), torch.cat(counts)


def unit_rows(rows: Rows) -> Tensor:
    """The embeddings in float32 or wider, of unit norm (sums of pairs are not)."""
    wide = torch.promote_types(rows.embedding.dtype, torch.float32)
    return normalized(rows.embedding.to(wide))
