"""Pairing by group: what rows are of, beside their label."""

from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.errors import InputError
from lightning_contrast.pairings._compare import both, equal, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


class Group(Pairing, nn.Module):
    """Rows of one group are positives, of different groups negatives, whatever their labels are.

    A group is what the source says: a task of an agent, a patient, a document. The head learns the
    labels meanwhile. Needs batches with two rows of a group.

    Args:
        groups: the group of each row of the source ``(N,)``.

    Raises:
        InputError: each row is a group of its own; called without groups.

    Contexts of one task as positives: Li et al. 2021 (arXiv:2010.01112).

    >>> rows = Rows(torch.eye(3), torch.tensor([0, 1, 1]), *torch.arange(3).expand(3, 3))
    >>> pairs = Group(groups=[7, 7, 8])(rows, rows)
    >>> pairs.positive.int().tolist(), pairs.negative.int().tolist()
    ([[0, 1, 0], [1, 0, 0], [0, 0, 0]], [[0, 0, 1], [0, 0, 1], [1, 1, 0]])
    """

    numbers: Tensor | None

    def __init__(self, groups: Any = None) -> None:
        super().__init__()
        self.groups = groups
        numbers = None if groups is None else torch.as_tensor(groups)
        self.register_buffer("numbers", numbers, persistent=False)
        if numbers is not None and len(numbers.unique()) == len(numbers):
            raise _no_groups()

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        if self.numbers is None:
            raise _no_groups()
        own, other = (self.numbers[rows.index.clamp_min(0)] for rows in (anchors, candidates))
        known, alike = both(anchors.index >= 0, candidates.index >= 0), equal(own, other)
        return Pairs(known & alike & ~same_row(anchors, candidates), known & ~alike)


def _no_groups() -> InputError:
    return InputError(
        "pairing group needs rows that share a group: set source.group_column of a table, or "
        "environment=hidden_goals source=demonstrations, or another pairing"
    )
