"""The nearest rows of other classes, exactly, a chunk of rows at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor

from lightning_contrast.metrics.similarity import Kind, compared

_CHUNK = 1 << 22  # numbers of a similarity chunk: 16 MB, and its masks


def nearest_of_others(
    embedding: Tensor,
    code: Tensor,
    gallery: Tensor | slice,
    most: int,
    limit: Tensor | None = None,
    chunk: int = _CHUNK,
    kind: Kind = "cosine",
) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Yields ``(rows, similarity, index)`` over consecutive ``rows``, the most similar first.

    Args:
        embedding: rows ``(N, d)``.
        code: class of each, ``(N,)``: rows of one class never find each other.
        gallery: numbers of the rows that may be found.
        most: how many are found; less where the gallery is smaller.
        limit: ``(N,)``, each row's largest similarity: what is nearer is passed over.
        chunk: similarities held at a time.
        kind: what is compared (``metrics.similarity``).

    ``similarity`` and ``index`` are ``(r, most)``; -inf where there are no more rows.

    >>> rows, code = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8]]), torch.tensor([0, 0, 1])
    >>> next(nearest_of_others(rows, code, slice(None), most=1))[2].tolist()
    [[2], [2], [1]]
    """
    number = torch.arange(len(embedding))[gallery]
    asking, found = compared(kind, embedding, embedding[gallery])
    found_code = code[gallery]
    most = min(most, len(number))
    step = max(1, chunk // max(1, len(number)))
    similarity = asking.new_empty(min(step, len(embedding)), len(number))
    for start in range(0, len(embedding), step):
        rows = slice(start, min(start + step, len(embedding)))
        block = torch.matmul(asking[rows], found.T, out=similarity[: rows.stop - start])
        block.masked_fill_(code[rows, None] == found_code, -torch.inf)
        if limit is not None:
            block.masked_fill_(block > limit[rows, None], -torch.inf)
        value, place = block.topk(most, dim=1)
        yield rows, value, number[place]


def mean_to_class(
    embedding: Tensor, label: Tensor, chunk: int = 1 << 13, kind: Kind = "cosine"
) -> Tensor:
    """Each row's mean similarity ``(N,)`` to the other rows of its class.

    Its similarity to itself (of unit vectors 1) where it has none, or no label (-1). ``chunk``:
    rows at a time. ``kind``: what is compared (``metrics.similarity``).

    >>> mean_to_class(torch.eye(3)[[0, 0, 1, 2]], torch.tensor([0, 0, 0, 1]))
    tensor([0.5000, 0.5000, 0.0000, 1.0000])
    """
    code = label + 1  # the unlabelled rows share a sum that nobody reads
    asking, found = compared(kind, embedding, embedding)
    total = found.new_zeros(int(code.max()) + 1, found.shape[1]).index_add_(0, code, found)
    others = torch.bincount(code)[code] - 1
    own = (asking * found).sum(1)
    parts = zip(code.split(chunk), asking.split(chunk), strict=True)
    inner = torch.cat([(total[c] * rows).sum(1) for c, rows in parts]) - own
    return torch.where((others > 0) & (label >= 0), inner / others.clamp_min(1), own)
