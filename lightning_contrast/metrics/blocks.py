"""Rows of a wide matrix, some at a time: thousands of classes need no second copy of all logits."""

from torch import Tensor

CELLS = 1 << 19  # 2 MB in single precision, which stay in the cache


def row_blocks(matrix: Tensor, *columns: Tensor, width: int = 0) -> list[tuple[Tensor, ...]]:
    """Blocks of the rows of ``matrix (N, c)`` and of each of ``columns (N, ...)``, views of them.

    ``width``: numbers that are made of a row, if these are more than its own. There is one block at
    least, which may be empty.

    >>> import torch
    >>> [len(block) for block, label in row_blocks(torch.zeros(5, CELLS // 2), torch.zeros(5))]
    [2, 2, 1]
    """
    rows = max(1, CELLS // max(1, width, matrix.shape[1]))
    return [*zip(*(part.split(rows) for part in (matrix, *columns)), strict=True)]
