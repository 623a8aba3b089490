"""Retrieval within one split: every row is a query for the other rows of its class."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lightning_contrast.metrics.neighbours import similarity_chunks
from lightning_contrast.metrics.similarity import Kind


def retrieval_scores(
    embedding: Tensor,
    label: Tensor,
    ks: Sequence[int] = (1, 5, 10),
    chunk: int = 1 << 22,
    similarity: Kind = "cosine",
) -> dict[str, float]:
    """``map_at_r``, ``r_precision`` and ``recall_at_K``: means over the rows with ``R > 0``.

    ``R`` is the number of other rows of a row's class. Other rows are ordered by ``similarity``:

    - ``map_at_r``: ``1/R sum_{i <= R} precision_at_i [row i is of the class]`` (Musgrave, Belongie
      and Lim 2020, arXiv:2003.08505);
    - ``r_precision``: the share of the first ``R`` that are of the class;
    - ``recall_at_K``: 1 if one of the first ``K`` is of the class, else 0 (Jegou et al. 2011, as
      used for embeddings by Oh Song et al. 2016, arXiv:1511.06452).

    Shapes: ``embedding (N, d)``, ``label (N,)``; at most ``chunk`` similarities at a time. NaN if
    no class has two rows. torchmetrics' retrieval metrics are not used: they drop targets with a
    score <= 0, and a cosine may be negative.

    >>> sorted(retrieval_scores(torch.eye(2)[[0, 0, 1]], torch.tensor([0, 0, 1]), ks=(1,)).items())
    [('map_at_r', 1.0), ('r_precision', 1.0), ('recall_at_1', 1.0)]
    """
    names = ["map_at_r", "r_precision", *(f"recall_at_{k}" for k in ks)]
    _, inverse, count = label.unique(return_inverse=True, return_counts=True)
    others = count[inverse] - 1
    most = int(others.max()) if len(others) else 0
    depth = max(0, min(len(label) - 1, max(most, *ks, 1)))
    rank = torch.arange(1, depth + 1, device=embedding.device)
    total = torch.zeros(len(names), dtype=torch.float64, device=embedding.device)
    for start, block in similarity_chunks(embedding, embedding, chunk, similarity) if most else ():
        rows = slice(start, start + len(block))
        block.diagonal(start).fill_(-torch.inf)
        index = block.topk(depth, dim=1).indices
        relevant = others[rows]
        same = (label[index] == label[rows, None]) & (relevant[:, None] > 0)
        hit = same & (rank <= relevant[:, None])
        precision = hit.cumsum(dim=1) / rank
        of = relevant.clamp(min=1)
        score = (precision * hit).sum(dim=1, dtype=torch.float64) / of
        found = [same[:, :k].any(dim=1).sum() for k in ks]
        total += torch.stack([score.sum(), (hit.sum(dim=1).double() / of).sum(), *found])
    return dict(zip(names, (total / (others > 0).sum()).tolist(), strict=True))
