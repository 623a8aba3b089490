"""The short way of a miner that keeps one positive and one negative an anchor: two columns."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lightning_contrast.types import Pairs


def picked(pairs: Pairs) -> tuple[Int[Tensor, "a 2"], Pairs]:
    """Each row's positive and negative as two columns: their numbers, and their masks ``(a, 2)``.

    Of several in a row (equally similar ones) the first is taken; a row without one has a number
    that its mask leaves out. The loss then reads two similarities a row, whatever loss it is.

    >>> mask = torch.tensor([[False, True, False], [False, False, False]])
    >>> numbers, two = picked(Pairs(mask, ~mask, single=True))
    >>> numbers.tolist(), two.positive.int().tolist()
    ([[1, 0], [2, 0]], [[1, 0], [0, 0]])
    """
    columns = pairs.positive.shape[1]
    # A maximum over descending numbers is many times as fast as one with its place.
    place = torch.arange(columns, 0, -1, dtype=torch.float32, device=pairs.positive.device)
    best = torch.stack([(mask * place).amax(1) for mask in pairs[:2]], 1)
    number, found = (columns - best).clamp(max=columns - 1).long(), best > 0
    own = torch.eye(2, dtype=torch.bool, device=found.device)
    return number, Pairs(found & own[0], found & own[1], single=True)


def add_gradients(
    slope: Float[Tensor, "a 2"],
    number: Int[Tensor, "a 2"],
    rows: Float[Tensor, "a d"],
    candidates: Float[Tensor, "c d"],
    grad_rows: Tensor | None,
    grad_candidates: Tensor | None,
) -> None:
    """``dA = G C`` and ``dC += G' A`` where ``G`` has two entries a row: no matrix products."""
    if grad_rows is not None:
        torch.sum(slope[..., None] * candidates[number], 1, out=grad_rows)
    if grad_candidates is not None:  # index_put_ adds in a fixed order, also on a GPU
        grad_candidates.index_put_((number,), slope[..., None] * rows[:, None], accumulate=True)
