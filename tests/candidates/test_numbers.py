"""Numbers of a row are uniform, its own, and ask no generator."""

import torch

from lightning_contrast.candidates._numbers import scramble, uniform_numbers
from lightning_contrast.types import Rows


def row_of(index: torch.Tensor, role: int = 0) -> Rows:
    column = torch.zeros_like(index)
    return Rows(index[:, None].float(), column, index.int(), column + role, column)


def test_they_are_uniform_in_every_column_and_step():
    for step in (0, 1, 999):
        numbers = uniform_numbers(row_of(torch.arange(20000)), step, 5)
        assert numbers.min() > 0 and numbers.max() < 1
        for column in numbers.T:
            counts = torch.histc(column, 20, 0, 1)
            squared = ((counts - 1000).square() / 1000).sum()  # chi-square, 19 degrees of freedom
            assert squared < 45


def test_columns_steps_roles_and_neighbours_are_not_correlated():
    index = torch.arange(20000)
    first = uniform_numbers(row_of(index), 0, 4)
    others = [
        uniform_numbers(row_of(index + 1), 0, 4),
        uniform_numbers(row_of(index, role=1), 0, 4),
        uniform_numbers(row_of(index), 1, 4),
        uniform_numbers(row_of(index), 2**31 - 1, 4),
    ]
    table = torch.cat([first, *others], 1)
    off = torch.corrcoef(table.T) - torch.eye(20)
    assert off.abs().max() < 0.04  # 5 deviations of 20000 pairs


def test_a_row_has_its_own_wherever_it_stands():
    whole = uniform_numbers(row_of(torch.tensor([5, 9, 2])), 7, 3)
    part = uniform_numbers(row_of(torch.tensor([2, 5])), 7, 3)
    assert torch.equal(part, whole[[2, 0]])


def test_the_hash_has_no_collisions_among_neighbours():
    assert len(set(scramble(torch.arange(100_000)).tolist())) == 100_000
