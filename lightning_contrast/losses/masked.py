"""Sums over the pairs of a row, safe where a row has none."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Tile = Float[Tensor, "a c"]
Mask = Bool[Tensor, "a c"]
Column = Float[Tensor, " a"]

LOW = -1e30  # finite: infinities have no gradient when subtracted from each other


def mean(values: Tile, mask: Mask) -> tuple[Column, Column]:
    """Mean of each row's masked entries, 0 for a row that has none; and how many it has."""
    weights = mask.to(values.dtype)
    count = weights.sum(1)
    return torch.einsum("ac,ac->a", values, weights) / count.clamp_min(1), count


def logsumexp(values: Tile, mask: Mask) -> Column:
    """``log sum exp`` of each row's masked entries; about ``LOW``, without gradient, where none.

    The row's own maximum is subtracted inside: a fixed shift underflows at small temperatures.
    """
    return torch.where(mask, values, LOW).logsumexp(1)


def total(values: Column, counts: Bool[Tensor, " a"]) -> tuple[Tensor, Tensor]:
    """Sum of the rows that count, and how many they are."""
    return torch.where(counts, values, 0).sum(), counts.sum().to(values.dtype)
