"""Exact nearest neighbours by cosine, a chunk of queries at a time: never an N x N matrix."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import normalize

_CHUNK = 1 << 24  # numbers of a similarity chunk: 64 MB, still mostly cache-friendly


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


def nearest(
    query: Tensor, gallery: Tensor, k: int, same: bool = False, chunk: int = _CHUNK
) -> tuple[Tensor, Tensor]:
    """The ``k`` most similar gallery rows of each query: ``(similarity, index)``, each ``(N, k)``.

    ``same``: query and gallery are the same rows, and a row is not its own neighbour. ``k`` is cut
    to what the gallery holds.

    >>> nearest(torch.tensor([[1.0, 0.1]]), torch.eye(2), k=1)[1]
    tensor([[0]])
    """
    k = max(0, min(k, len(gallery) - same))
    similarity = query.new_empty((len(query), k), dtype=torch.float32)
    index = torch.empty((len(query), k), dtype=torch.long, device=query.device)
    for start, block in similarity_chunks(query, gallery, chunk):
        rows = slice(start, start + len(block))
        if same:
            block.diagonal(start).fill_(-torch.inf)
        similarity[rows], index[rows] = block.topk(k, dim=1)
    return similarity, index
