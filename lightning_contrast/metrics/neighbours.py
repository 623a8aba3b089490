"""Exact nearest neighbours, a chunk at a time: never an N x N matrix."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.metrics.similarity import (
    OF_UNIT_VECTORS,
    Kind,
    are_one,
    compared,
    factors,
    normalized,
)

_CHUNK = 1 << 22  # numbers of a chunk of similarities, 16 MB: it stays in the cache
_TILE = 1 << 16  # gallery rows at a time; large, as the k largest of every tile are selected
_BLOCK = 1 << 23  # similarities of a tile at a time, 34 MB: products of fewer rows are slower
_GROUP = 16  # columns of a group; at first only its maximum is compared


class Gallery(Protocol):
    """Rows ``(M, d)``, read in slices."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> Tensor: ...


def similarity_chunks(
    query: Tensor, gallery: Tensor, chunk: int = _CHUNK, similarity: Kind = "cosine"
) -> Iterator[tuple[int, Tensor]]:
    """Yield ``(start, similarity (rows, M))`` over consecutive rows of ``query (N, d)``.

    ``gallery`` is ``(M, d)``, ``similarity`` what is compared
    (``metrics.similarity``); a chunk holds at most ``chunk`` numbers, and at least one row.

    >>> [(start, block.shape) for start, block in similarity_chunks(torch.eye(3), torch.eye(3), 6)]
    [(0, torch.Size([2, 3])), (2, torch.Size([1, 3]))]
    """
    query, gallery = compared(similarity, query, gallery)
    rows = max(1, chunk // max(1, len(gallery)))
    for start in range(0, len(query), rows):
        yield start, query[start : start + rows] @ gallery.T


@torch.no_grad()
def nearest(
    query: Tensor,
    gallery: Gallery,
    k: int,
    same: bool = False,
    tile: int = _TILE,
    kind: Kind = "cosine",
) -> tuple[Tensor, Tensor]:
    """The ``k`` most similar gallery rows of each query: ``(similarity, index)``, each ``(N, k)``.

    ``same``: query and gallery are the same rows, and a row is not its own neighbour. ``k`` is at
    most the size of the gallery, which may be anything that gives some of its rows as a tensor.
    ``tile`` gallery rows are compared at a time: this needs about
    50 MB beside the result. ``kind``: what is compared (``metrics.similarity``).

    >>> nearest(torch.tensor([[1.0, 0.1]]), torch.eye(2), k=1)[1]
    tensor([[0]])
    """
    k = max(0, min(k, len(gallery) - same))
    of_unit = kind in OF_UNIT_VECTORS
    query = normalized(query) if of_unit else query.float()
    similarity = query.new_full((len(query), k), -torch.inf)
    index = torch.zeros((len(query), k), dtype=torch.long, device=query.device)
    tile = max(1, min(tile, len(gallery)))
    size = max(1, min(len(query), _BLOCK // tile))
    blocks = query.new_empty(size, tile)  # one buffer for all blocks
    for first in range(0, len(gallery), tile):
        part = gallery[first : first + tile].float()
        asking, part = (query, part) if of_unit else factors(kind, query, part)
        length = torch.linalg.vector_norm(part, dim=1).clamp_min(1e-12)
        scaled = None if not of_unit or are_one(length) else length.reciprocal()
        for start in range(0, len(query), size):
            asked = asking[start : start + size]
            block = blocks.flatten()[: len(asked) * len(part)].view(len(asked), len(part))
            torch.matmul(asked, part.T, out=block)
            if scaled is not None:
                block.mul_(scaled)  # scaling the rows instead would need a copy of them
            if same:
                block.diagonal(start - first).fill_(-torch.inf)
            rows = slice(start, start + len(block))
            best, place = _largest(block, k)
            if first:
                best = torch.cat((similarity[rows], best), dim=1)
                place = torch.cat((index[rows], place + first), dim=1)
                kept = _top(best, k)
                best, place = best.gather(1, kept), place.gather(1, kept)
            if first + tile >= len(gallery):
                best, order = best.sort(dim=1, descending=True)
                place = place.gather(1, order)
            similarity[rows, : best.shape[1]], index[rows, : best.shape[1]] = best, place
    return similarity, index


def _largest(block: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest of each row and their columns, in no order.

    They lie in the k groups of columns with the largest maxima, so only these are searched.
    """
    columns = block.shape[1]
    groups = columns // _GROUP
    if groups < 2 * k:
        place = _top(block, k)
        return block.gather(1, place), place
    whole = groups * _GROUP
    maxima = block[:, :whole].unflatten(1, (_GROUP, groups)).amax(dim=1)
    inside = groups * torch.arange(_GROUP, device=block.device)
    place = (_top(maxima, k)[:, :, None] + inside).flatten(1)
    rest = torch.arange(whole, columns, device=block.device).expand(len(block), -1)
    place = torch.cat((place, rest), dim=1) if whole < columns else place
    value = block.gather(1, place)
    kept = _top(value, k)
    return value.gather(1, kept), place.gather(1, kept)


def _top(values: Tensor, k: int) -> Tensor:
    """The columns of the k largest of each row, in no order."""
    if k >= values.shape[1]:
        return torch.arange(values.shape[1], device=values.device).expand(len(values), -1)
    if values.device.type != "cpu":
        return values.topk(k, dim=1, sorted=False).indices
    # NumPy's partition is vectorised: it takes a third of the time of torch's topk.
    return torch.from_numpy(np.argpartition(values.numpy(), -k, axis=1)[:, -k:])
