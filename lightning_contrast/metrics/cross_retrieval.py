"""Retrieval from one side to another: pictures by their captions, answers by their questions."""

from collections.abc import Sequence

import torch
from torch import Tensor


def cross_retrieval(
    query: Tensor,
    gallery: Tensor,
    query_identity: Tensor,
    gallery_identity: Tensor,
    ks: Sequence[int] = (1, 5, 10),
    chunk: int = 1 << 24,
) -> dict[str, float]:
    """``recall_at_K``, ``map`` and ``chance_at_K``: means over the queries with a relevant row.

    A row of the gallery is relevant if it has the identity of the query. Ties are ordered at
    random, and the figures are expectations over these orders:

    - ``recall_at_K``: the probability that a relevant row is among the first ``K``. Only the
      nearest relevant rows matter. Let ``r`` of them be tied with ``e`` irrelevant rows, and ``b``
      irrelevant rows be nearer. With probability ``C(e, m) / C(e + r, m)`` no relevant row is among
      the first ``m = K - b`` of the tied rows;
    - ``map``: for each relevant row, the number of relevant rows that are as near, divided by the
      number of all rows that are as near, where ties count half; averaged over the relevant rows
      (Manning et al. 2008, "Introduction to Information Retrieval", ch. 8, without ties);
    - ``chance_at_K``: ``recall_at_K`` if all rows were tied.

    Shapes: ``query (q, d)``, ``gallery (g, d)``, unit vectors; identities ``(q,)`` and ``(g,)``; at
    most ``chunk`` similarities at a time. NaN if no query has a relevant row.

    >>> found = cross_retrieval(torch.eye(2), torch.eye(2), torch.arange(2), torch.arange(2), [1])
    >>> found["recall_at_1"], found["chance_at_1"], found["map"]
    (1.0, 0.5, 1.0)
    """
    order = gallery_identity.argsort(stable=True)
    gallery, known = gallery[order], gallery_identity[order].contiguous()
    first = torch.searchsorted(known, query_identity.contiguous())
    count = torch.searchsorted(known, query_identity.contiguous(), right=True) - first
    asked = count > 0
    query, first, count = query[asked], first[asked], count[asked]
    names = [*(f"recall_at_{k}" for k in ks), "map", *(f"chance_at_{k}" for k in ks)]
    if not len(query):
        return dict.fromkeys(names, float("nan"))
    total = torch.zeros(len(ks) + 1, dtype=torch.float64)
    rows = max(1, chunk // len(gallery))
    for start in range(0, len(query), rows):
        part = slice(start, start + rows)
        total += _scores(query[part] @ gallery.T, first[part], count[part], ks).cpu()
    chance = [_hit(count, len(gallery) - count, k).mean() for k in ks]
    return dict(zip(names, [*(total / len(query)).tolist(), *map(float, chance)], strict=True))


def _scores(similarity: Tensor, first: Tensor, count: Tensor, ks: Sequence[int]) -> Tensor:
    """Sums over the queries: recall at each K, then average precision."""
    step = torch.arange(int(count.max()), device=count.device)
    there = step < count[:, None]
    place = (first[:, None] + step).clamp(max=similarity.shape[1] - 1)
    score = similarity.gather(1, place).masked_fill(~there, -torch.inf)
    every, own = similarity.sort(dim=1).values, score.sort(dim=1).values
    best = score.amax(1, keepdim=True)
    nearer = _above(every, best)[:, 0]
    alike = (_above(every, best, True)[:, 0] - nearer).double()
    relevant = (_above(own, best, True)[:, 0]).double()
    recall = [_hit(relevant, alike - relevant, k - nearer) for k in ks]
    ranks = (_above(every, score) + _above(every, score, True) + 1).double() / 2
    among = (_above(own, score) + _above(own, score, True) + 1).double() / 2
    precision = torch.where(there, among / ranks, 0.0).sum(1) / count
    return torch.stack([column.sum() for column in (*recall, precision)])


def _above(ascending: Tensor, value: Tensor, equal: bool = False) -> Tensor:
    """How many entries of each row are above each value; with ``equal``, above or equal."""
    return ascending.shape[1] - torch.searchsorted(ascending, value, right=not equal)


def _hit(relevant: Tensor, others: Tensor, places: Tensor | int) -> Tensor:
    """The probability that a relevant row is among the first ``places``, in a random order of
    relevant and other rows."""
    relevant, others = relevant.double(), others.double()
    places = torch.as_tensor(places, device=others.device).double().expand_as(others)
    few = places.clamp(min=0).minimum(others)
    missed = _log_choose(others, few) - _log_choose(others + relevant, few)
    return torch.where(places <= 0, 0.0, torch.where(places > others, 1.0, 1 - missed.exp()))


def _log_choose(n: Tensor, k: Tensor) -> Tensor:
    return (n + 1).lgamma() - (k + 1).lgamma() - (n - k + 1).lgamma()
