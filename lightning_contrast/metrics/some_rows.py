"""Rows enough for a figure that compares all of them with each other."""

import torch
from torch import Tensor

PAIRED = 20_000
"""Rows that are compared with each other at most: their number counts squared."""


def some_rows(*columns: Tensor, most: int = PAIRED) -> tuple[Tensor, ...]:
    """The rows of the columns ``(N, ...)``, or ``most`` of them, always the same ones at random.

    >>> len(some_rows(torch.arange(5))[0]), len(some_rows(torch.arange(5), most=3)[0])
    (5, 3)
    """
    count = len(columns[0])
    if count <= most:
        return columns
    generator = torch.Generator().manual_seed(count)
    drawn = torch.randperm(count, generator=generator)[:most].sort().values
    return tuple(column[drawn.to(column.device)] for column in columns)
