"""Exact nearest neighbours by cosine, a chunk at a time: never an N x N matrix."""

import importlib.util
import logging
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import normalize

_CHUNK = 1 << 24  # numbers of a similarity chunk: 64 MB, still mostly cache-friendly
_TILE = 1 << 16  # gallery rows at a time: few tiles, for each has its k largest picked
_BLOCK = 1 << 22  # similarities of a tile at a time: 17 MB
_GROUP = 16  # columns of which only the largest is looked at first
_LARGE = 1 << 28  # similarities from which faiss is worth its import


def similarity_chunks(
    query: Tensor, gallery: Tensor, chunk: int = _CHUNK
) -> Iterator[tuple[int, Tensor]]:
    """Yield ``(start, cosine (rows, M))`` over consecutive rows of ``query (N, d)``.

    ``gallery`` is ``(M, d)``; a chunk holds at most ``chunk`` numbers, and at least one row.

    >>> [(start, block.shape) for start, block in similarity_chunks(torch.eye(3), torch.eye(3), 6)]
    [(0, torch.Size([2, 3])), (2, torch.Size([1, 3]))]
    """
    query, gallery = normalize(query.float(), dim=1), normalize(gallery.float(), dim=1)
    rows = max(1, chunk // max(1, len(gallery)))
    for start in range(0, len(query), rows):
        yield start, query[start : start + rows] @ gallery.T


@torch.no_grad()
def nearest(
    query: Tensor, gallery: Tensor, k: int, same: bool = False, tile: int = _TILE
) -> tuple[Tensor, Tensor]:
    """The ``k`` most similar gallery rows of each query: ``(similarity, index)``, each ``(N, k)``.

    ``same``: query and gallery are the same rows, and a row is not its own neighbour. ``k`` is cut
    to what the gallery holds. ``tile`` gallery rows are compared at a time, in some 20 MB beyond
    their copy of unit length and the result; large searches on a CPU are faiss's (Douze et al.
    2024, arXiv:2401.08281) where that is installed.

    >>> nearest(torch.tensor([[1.0, 0.1]]), torch.eye(2), k=1)[1]
    tensor([[0]])
    """
    k = max(0, min(k, len(gallery) - same))
    query = normalize(query.float(), dim=1)
    large = len(query) * len(gallery) >= _LARGE and query.device.type == "cpu"
    if k and large and not same and importlib.util.find_spec("faiss"):
        return _by_faiss(query, normalize(gallery.float(), dim=1), k)
    similarity = query.new_full((len(query), k), -torch.inf)
    index = torch.zeros((len(query), k), dtype=torch.long, device=query.device)
    tile = max(1, min(tile, len(gallery)))
    size = max(1, min(len(query), _BLOCK // tile))
    blocks = query.new_empty(size, tile)  # one memory for all of them
    for first in range(0, len(gallery), tile):
        part = normalize(gallery[first : first + tile].float(), dim=1)
        for start in range(0, len(query), size):
            asked = query[start : start + size]
            block = blocks.flatten()[: len(asked) * len(part)].view(len(asked), len(part))
            torch.matmul(asked, part.T, out=block)
            if same:
                block.diagonal(start - first).fill_(-torch.inf)
            rows = slice(start, start + len(block))
            best, place = _largest(block, k)
            if first:
                best = torch.cat((similarity[rows], best), dim=1)
                place = torch.cat((index[rows], place + first), dim=1)
                best, kept = best.topk(k, dim=1)
                place = place.gather(1, kept)
            similarity[rows, : best.shape[1]], index[rows, : best.shape[1]] = best, place
    return similarity, index


def _largest(block: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """``block.topk``, sooner: the k largest lie in the k groups of columns with largest maxima."""
    columns, k = block.shape[1], min(k, block.shape[1])
    groups = columns // _GROUP
    if groups < 4 * k:
        return block.topk(k, dim=1)
    whole = groups * _GROUP
    maxima = block[:, :whole].unflatten(1, (_GROUP, groups)).amax(dim=1)
    best = maxima.topk(k, dim=1, sorted=False).indices
    inside = groups * torch.arange(_GROUP, device=block.device)
    place = (best[:, :, None] + inside).flatten(1)
    rest = torch.arange(whole, columns, device=block.device).expand(len(block), -1)
    place = torch.cat((place, rest), dim=1) if whole < columns else place
    value, kept = block.gather(1, place).topk(k, dim=1)
    return value, place.gather(1, kept)


def _by_faiss(query: Tensor, gallery: Tensor, k: int) -> tuple[Tensor, Tensor]:
    logging.getLogger("faiss").setLevel(logging.WARNING)  # it tells how it was loaded
    import faiss

    found = faiss.knn(query.numpy(), gallery.numpy(), k, metric=faiss.METRIC_INNER_PRODUCT)
    return torch.from_numpy(found[0]), torch.from_numpy(found[1])
