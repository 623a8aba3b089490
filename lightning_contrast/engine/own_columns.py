"""Columns of a block that belong to one anchor each: the negatives that were made for it."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lightning_contrast.types import Pairs


def own_similarity(anchors: Float[Tensor, "a d"], own: Float[Tensor, "a s d"]) -> Tensor:
    """``(a, s)``: each anchor against its own rows only, not against those of the others.

    >>> own_similarity(torch.eye(2), torch.tensor([[[3., 4.]], [[5., 6.]]])).tolist()
    [[3.0], [6.0]]
    """
    return torch.bmm(own, anchors[:, :, None])[..., 0]


def with_own(pairs: Pairs, valid: Bool[Tensor, "a s"]) -> Pairs:
    """The pairs with further columns: negative where ``valid``, nowhere positive.

    >>> with_own(Pairs(torch.ones(1, 1).bool(), torch.zeros(1, 1).bool()),
    ...          torch.tensor([[True, False]])).negative.tolist()
    [[False, True, False]]
    """
    none = torch.zeros_like(valid)
    return Pairs(torch.cat((pairs.positive, none), 1), torch.cat((pairs.negative, valid), 1))


def add_own_gradients(
    slope: Float[Tensor, "a s"],
    anchors: Float[Tensor, "a d"],
    own: Float[Tensor, "a s d"],
    grad_anchors: Tensor | None,
    grad_own: Tensor | None,
) -> None:
    """Adds what ``G`` at these columns gives the anchors, and writes what it gives their rows."""
    if grad_anchors is not None:
        grad_anchors += torch.bmm(slope[:, None], own)[:, 0]
    if grad_own is not None:
        torch.mul(slope[..., None], anchors[:, None], out=grad_own)
