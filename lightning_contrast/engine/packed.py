"""Whole numbers in the form in which a compiled block reads them fastest.

For a CPU with AVX2, Inductor loads a vector of integers by way of a buffer on the stack, which may
take longer than all else that a block does. Floats it loads at once, and turning them into integers
is one instruction.
"""

import torch
from torch import Tensor

from lightning_contrast.types import Rows

EXACT = 2**24  # whole numbers up to here are float32 numbers


def packed(rows: Rows) -> Rows:
    """The rows with their whole numbers as float32, where that is exact and on a CPU.

    >>> rows = Rows(torch.eye(2), *torch.tensor([[0, -1], [5, 2**30], [0, 0], [0, 32]]).int())
    >>> [column.dtype == torch.float32 for column in packed(rows)[1:]]
    [True, False, True, True]
    """
    if rows.embedding.device.type != "cpu" or rows.label.is_floating_point():
        return rows
    return Rows(rows.embedding, *(_float(column) for column in rows[1:]))


def unpacked(rows: Rows) -> Rows:
    """``packed`` undone; nothing for rows that are not.

    >>> rows = Rows(torch.eye(2), *torch.tensor([[0, -1], [5, 6], [0, 0], [0, 32]]).int())
    >>> all(torch.equal(*both) for both in zip(rows, unpacked(packed(rows)), strict=True))
    True
    """
    return Rows(rows.embedding, *(_whole(column) for column in rows[1:]))


def _float(column: Tensor) -> Tensor:
    if not column.numel() or column.abs().max() > EXACT:
        return column
    return column.to(torch.float32)


def _whole(column: Tensor) -> Tensor:
    return column.to(torch.int32) if column.is_floating_point() else column
