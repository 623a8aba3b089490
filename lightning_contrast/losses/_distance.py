"""Euclidean distance of unit vectors, from their cosine."""

import torch
from jaxtyping import Float
from torch import Tensor

FLOOR = 1e-7  # below this, a float32 squared distance is rounding noise


def euclidean(similarity: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
    """``sqrt(2 - 2 s)``, with a zero gradient where two rows coincide.

    >>> euclidean(torch.tensor([[1., 0., -1.]])).round(decimals=3).tolist()
    [[0.0, 1.4140000343322754, 2.0]]
    """
    return (torch.rsub(similarity, 2 - FLOOR, alpha=2).relu() + FLOOR).sqrt()
