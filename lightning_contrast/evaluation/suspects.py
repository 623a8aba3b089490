"""Rows whose neighbours have another label: likely label errors."""

from typing import NamedTuple

import torch

from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.types import Embedded


class Suspect(NamedTuple):
    """A row (its number in the source), its label, and the label of most of its neighbours.

    ``share``: share of the neighbours that have this other label.
    """

    row: int
    label: int
    neighbours: int
    share: float


def suspects(train: Embedded, split: Embedded | None = None, k: int = 10) -> list[Suspect]:
    """Rows for which most of the ``k`` nearest training rows have one other label.

    Nearest is by the cosine of features: the contrast compares embeddings, not these.

    ``split``: the rows to check. None: the training rows; a row is not its own neighbour. The
    largest share comes first; among equal shares, the row with the nearer neighbours. After
    Northcutt et al. 2021 (arXiv:1911.00068), with neighbours in place of a model.

    >>> eye = torch.eye(2)[[0, 0, 0, 0, 1, 1, 1]]
    >>> label = torch.tensor([0, 0, 0, 1, 1, 1, 1])
    >>> [tuple(s)[:3] for s in suspects(Embedded(eye, eye, eye, label, torch.arange(7)), k=3)]
    [(3, 1, 0)]
    """
    rows = train if split is None else split
    if not len(rows.label) or len(train.label) < 2:
        return []
    similarity, index = nearest(rows.features, train.features, k, same=split is None)
    classes = int(max(rows.label.max(), train.label.max())) + 1
    counts = torch.zeros(len(index), classes)
    counts.scatter_add_(1, train.label[index], torch.ones(1, 1).expand(index.shape))
    most, other = counts.scatter(1, rows.label[:, None], 0.0).max(dim=1)
    found = (2 * most > index.shape[1]).nonzero()[:, 0]
    nearness = similarity.mean(dim=1).clamp(-1, 1) / 4
    order = found[(most[found] + nearness[found]).argsort(descending=True, stable=True)]
    columns = (rows.index, rows.label, other, most / index.shape[1])
    return [Suspect(*row) for row in zip(*(c[order].tolist() for c in columns), strict=True)]
