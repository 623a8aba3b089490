"""Draws rows, for figures whose cost grows with the square of their number."""

import torch
from torch import Tensor

PAIRED = 20_000
"""Largest number of rows that are compared with each other."""


def some_rows(*columns: Tensor, most: int = PAIRED) -> tuple[Tensor, ...]:
    """All rows of the columns ``(N, ...)``, or ``most`` of them, the same ones at every call.

    >>> len(some_rows(torch.arange(5))[0]), len(some_rows(torch.arange(5), most=3)[0])
    (5, 3)
    """
    count = len(columns[0])
    if count <= most:
        return columns
    generator = torch.Generator().manual_seed(count)
    drawn = torch.randperm(count, generator=generator)[:most].sort().values
    return tuple(column[drawn.to(column.device)] for column in columns)
