"""Rows for tests of pairings, miners, losses and the engine."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.types import Pairs, Rows


def rows(
    label: list[int] | Tensor,
    width: int = 6,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    embedding: Tensor | None = None,
) -> Rows:
    """Random unit rows with these labels; every row its own index and slot, all of role anchor."""
    label = torch.as_tensor(label)
    if embedding is None:
        generator = torch.Generator().manual_seed(seed)
        embedding = torch.randn(len(label), width, generator=generator, dtype=torch.float64)
    number = torch.arange(len(label))
    unit = normalize(embedding, dim=1).to(dtype)
    return Rows(unit, label, number, torch.zeros_like(number), number)


def pairs_of(label: list[int]) -> Pairs:
    """The label pairs of a batch, by two loops."""
    size = len(label)
    positive = torch.zeros(size, size, dtype=torch.bool)
    negative = torch.zeros(size, size, dtype=torch.bool)
    for i in range(size):
        for j in range(size):
            if i != j and label[i] >= 0 and label[j] >= 0:
                positive[i, j] = label[i] == label[j]
                negative[i, j] = label[i] != label[j]
    return Pairs(positive, negative)
