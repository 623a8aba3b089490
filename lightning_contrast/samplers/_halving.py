"""Batches of neighbours: sets of rows are halved along directions, down to single batches."""

import numpy as np
import torch
from torch import Tensor

_CHUNK = 8192  # rows gathered at a time: they stay in the cache
_TURNS = 2  # steps that turn a direction towards the largest spread of the rows


def halve(
    points: Tensor,
    rows: Tensor,
    batches: Tensor,
    width: int,
    random: np.random.Generator,
    kind: Tensor | None = None,
) -> Tensor:
    """Reorders ``rows (M,)`` of ``points (N, d)`` so that each batch of ``width`` holds neighbours.

    ``rows`` consists of runs of ``batches (S,)`` times ``width`` rows; rows change places within
    their run only. A run of T batches is cut in two: the T // 2 batches of rows that lie furthest
    along a direction, and the others. Each part is cut again. The direction first goes from one
    random row to another. It is then replaced ``_TURNS`` times by the difference of the means of
    the two parts that it gives. Time O(M d log T), memory O(M).

    ``kind (N,)``: no batch gets two rows of one kind. A run of T batches must have at most T rows
    of a kind. If it has g, the left part of T' batches gets from g - (T - T') to T' of them, which
    is always possible; within these bounds it gets those furthest along the direction.

    Source: Dasgupta and Freund 2008, Random projection trees and low dimensional manifolds (STOC).

    >>> points = torch.tensor([[0.0], [9.0], [1.0], [8.0]])
    >>> rows = halve(points, torch.arange(4), torch.tensor([2]), 2, np.random.default_rng(0))
    >>> sorted(sorted(batch) for batch in rows.view(2, 2).tolist())
    [[0, 2], [1, 3]]
    """
    rows = rows.clone()
    while (live := batches > 1).any():
        here = torch.repeat_interleave(live, batches * width).nonzero()[:, 0]
        rows[here] = _cut(points, rows[here], batches[live], width, random, kind)
        parts = torch.stack((batches // 2, batches - batches // 2), 1).flatten()
        batches = parts[parts > 0]
    return rows


def _cut(
    points: Tensor,
    rows: Tensor,
    batches: Tensor,
    width: int,
    random: np.random.Generator,
    kind: Tensor | None,
) -> Tensor:
    """Puts the rows of the left half of each run before those of the right half."""
    size, left = batches * width, batches // 2
    start = size.cumsum(0) - size
    run = torch.repeat_interleave(size)
    share = torch.where(torch.arange(len(rows)) - start[run] < (left * width)[run], 1, 0)
    weight = torch.where(share == 1, 1 / (left * width)[run], -1 / ((batches - left) * width)[run])
    ends = start + (torch.from_numpy(random.random((2, len(size)))) * size).long()
    direction = points[rows[ends[0]]] - points[rows[ends[1]]]
    for turn in range(_TURNS + 1):
        along = torch.empty(len(rows))
        for part in _chunks(len(rows)):
            along[part] = torch.linalg.vecdot(points[rows[part]], direction[run[part]])
        place = _ordered(run, -along)
        if kind is not None:
            place = _bounded(run, -along, kind[rows], batches)
        if turn < _TURNS:
            direction = torch.zeros_like(direction)
            for part in _chunks(len(rows)):
                moved = points[rows[place[part]]] * weight[part, None]
                direction.index_add_(0, run[part], moved)
    return rows[place]


def _bounded(run: Tensor, value: Tensor, kind: Tensor, batches: Tensor) -> Tensor:
    """Places by run. Within a run: rows that must go left, rows that may (by value), the rest."""
    left = batches // 2
    key = run * (int(kind.max()) + 1) + kind
    place = _ordered(key, value)
    _, same, count = torch.unique_consecutive(key[place], return_inverse=True, return_counts=True)
    nth = torch.arange(len(place)) - (count.cumsum(0) - count)[same]
    most, others = left[run[place]], (batches - left)[run[place]]
    tier = torch.empty_like(run)
    tier[place] = torch.where(nth < count[same] - others, 0, torch.where(nth < most, 1, 2))
    return _ordered(run * 3 + tier, value)


def _ordered(first: Tensor, second: Tensor) -> Tensor:
    """Places in ascending order of ``first``; equal ones in ascending order of ``second``."""
    place = torch.argsort(second, stable=True)
    return place[torch.argsort(first[place], stable=True)]


def _chunks(rows: int) -> list[slice]:
    return [slice(start, start + _CHUNK) for start in range(0, rows, _CHUNK)]
