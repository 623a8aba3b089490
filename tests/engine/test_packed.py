"""Whole numbers as float32, for compiled blocks."""

import torch

from lightning_contrast.engine.packed import EXACT, packed, unpacked
from lightning_contrast.types import Rows


def test_packed_columns_come_back_whatever_their_numbers():
    numbers = torch.tensor([-1, 0, EXACT - 1, EXACT, EXACT + 1, 2**31 - 1], dtype=torch.int32)
    for column in numbers[:, None].repeat(1, 3):
        rows = Rows(torch.eye(3), column, column.flip(0), column, column)
        there = packed(rows)
        assert (there.label.dtype == torch.float32) == (column.max() <= EXACT)
        for before, after in zip(rows, unpacked(there), strict=True):
            assert torch.equal(before, after) and before.dtype == after.dtype


def test_no_rows_are_no_trouble():
    rows = Rows(torch.zeros(0, 2), *torch.zeros(4, 0, dtype=torch.int32))
    assert all(map(torch.equal, rows, unpacked(packed(rows))))
