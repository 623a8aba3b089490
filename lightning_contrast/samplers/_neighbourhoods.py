"""One epoch of batches of neighbours: of single rows, or of groups of rows of one class."""

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.samplers._feasible import compact_classes
from lightning_contrast.samplers._groups import Groups
from lightning_contrast.samplers._halving import halve
from lightning_contrast.samplers._layout import Layout


def near_rows(points: Tensor, batch_size: int, random: np.random.Generator) -> Tensor:
    """All rows of ``points (N, d)`` in batches of neighbours, then N mod B random rows.

    >>> near_rows(torch.tensor([[0.0], [9.0], [1.0], [8.0]]), 2, np.random.default_rng(0)).tolist()
    [0, 2, 3, 1]
    """
    rows = torch.from_numpy(random.permutation(len(points)))
    batches = len(points) // batch_size
    full = batches * batch_size
    near = halve(points, rows[:full], torch.tensor([batches]), batch_size, random)
    return torch.cat((near, rows[full:]))


def near_groups(
    points: Tensor, groups: Groups, layout: Layout, random: np.random.Generator
) -> Tensor:
    """Batches of ``layout.width`` groups near one another; a group holds neighbours of one class.

    ``groups`` gives the number of rows of a group. ``layout`` decides which groups go into the full
    batches, and makes the batches after them.
    """
    number = torch.from_numpy(groups.number)
    rows = torch.from_numpy(groups(random)).flatten()
    rows = halve(points, rows, number, groups.each, random).view(-1, groups.each)
    kind = torch.repeat_interleave(number)
    shuffled = random.permutation(len(kind))  # a layout takes the first ones of each class
    rows = rows[shuffled[np.argsort(kind.numpy()[shuffled], kind="stable")]]
    dealt = torch.from_numpy(layout.deal(random))
    full = layout.full * layout.width
    centre = torch.nn.functional.embedding_bag(rows, points, mode="mean")
    near = halve(centre, dealt[:full], torch.tensor([layout.full]), layout.width, random, kind)
    return rows[torch.cat((near, dealt[full:]))].flatten()


def mixed_groups(
    rows: np.ndarray, labels: np.ndarray, each: int, random: np.random.Generator
) -> np.ndarray:
    """Mixes batches ``rows (T, B)``: each gets B / ``each`` random classes, with random rows.

    >>> labels = np.repeat([0, 1, 2], 4)
    >>> batches = np.array([[0, 1, 4, 5], [2, 3, 8, 9], [6, 7, 10, 11]])
    >>> mixed = labels[mixed_groups(batches, labels, 2, np.random.default_rng(0))]
    >>> [len(set(batch)) for batch in mixed.tolist()]
    [2, 2, 2]
    """
    flat = rows.ravel()
    groups = Groups(compact_classes(labels[flat]), each)
    dealt = Layout(groups.number, rows.shape[1] // each).deal(random)
    return flat[groups(random)[dealt]].reshape(rows.shape)
