"""Draws a token of each text."""

import torch
from torch import Tensor


def drawn(probability: Tensor, random: torch.Generator) -> Tensor:
    """A column of each row, by its probabilities ``(n, V)``, which need not sum to 1.

    >>> drawn(torch.tensor([[0.0, 0.5]]), torch.Generator()).tolist()
    [1]
    """
    found = torch.multinomial(probability.cpu(), 1, generator=random)[:, 0]
    return found.to(probability.device)
