"""Retrieval within one split: every row asks for the other rows of its class."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lightning_contrast.metrics.neighbours import nearest, similarity_chunks


def _others(label: Tensor) -> Tensor:
    """How many other rows share each row's label, ``(N,)``."""
    _, inverse, count = label.unique(return_inverse=True, return_counts=True)
    return count[inverse] - 1


def recall_at_k(embedding: Tensor, label: Tensor, k: int = 1) -> float:
    """Fraction of rows that find a row of their class among their ``k`` nearest others.

    Shapes: ``embedding (N, d)``, ``label (N,)``. Rows alone in their class do not count; NaN where
    none counts. Jegou et al. 2011, as used for embeddings by Oh Song et al. 2016
    (arXiv:1511.06452).

    >>> recall_at_k(torch.tensor([[1.0, 0], [1, 0.1], [0, 1]]), torch.tensor([0, 0, 1]))
    1.0
    """
    _, index = nearest(embedding, embedding, k, same=True)
    found = (label[index] == label[:, None]).any(dim=1)
    return found[_others(label) > 0].double().mean().item()


def map_at_r(embedding: Tensor, label: Tensor, chunk: int = 1 << 24) -> float:
    """Mean average precision at R, R being the number of other rows of the query's class.

    ``AP(q) = 1/R sum_{i <= R} precision_at_i [row i is of q's class]``, mean over the rows with
    ``R > 0`` (NaN where there is none). Shapes: ``embedding (N, d)``, ``label (N,)``; at most
    ``chunk`` similarities at a time. Musgrave, Belongie and Lim 2020 (arXiv:2003.08505).

    Scores may have any sign: torchmetrics' retrieval metrics drop targets with a score <= 0.

    >>> map_at_r(torch.tensor([[1.0, 0], [1, 0.1], [0, 1]]), torch.tensor([0, 0, 1]))
    1.0
    """
    return retrieval_scores(embedding, label, (), chunk).get("map_at_r", float("nan"))


def retrieval_scores(
    embedding: Tensor, label: Tensor, ks: Sequence[int] = (1, 5, 10), chunk: int = 1 << 24
) -> dict[str, float]:
    """``map_at_r``, ``r_precision`` and ``recall_at_K`` from one pass over the similarities.

    ``r_precision``: the share of a row's ``R`` nearest others that are of its class, the mean over
    rows with ``R > 0``. The other two as in ``map_at_r`` and ``recall_at_k``, with which it shares
    shapes and source. Empty where no class has two rows.

    >>> sorted(retrieval_scores(torch.eye(2)[[0, 0, 1]], torch.tensor([0, 0, 1]), ks=(1,)).items())
    [('map_at_r', 1.0), ('r_precision', 1.0), ('recall_at_1', 1.0)]
    """
    others = _others(label)
    most = int(others.max()) if len(others) else 0
    if most == 0:
        return {}
    depth = min(len(label) - 1, max(most, *ks, 1))
    rank = torch.arange(1, depth + 1, device=embedding.device)
    names = ["map_at_r", "r_precision", *(f"recall_at_{k}" for k in ks)]
    total = torch.zeros(len(names), dtype=torch.float64, device=embedding.device)
    for start, block in similarity_chunks(embedding, embedding, chunk):
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
