"""Accuracy of the k nearest neighbours: how well an embedding separates classes without a head."""

import torch
from torch import Tensor

from lightning_contrast.metrics.blocks import row_blocks
from lightning_contrast.metrics.neighbours import nearest


def vote(similarity: Tensor, index: Tensor, train_label: Tensor) -> Tensor:
    """The class with most votes among the neighbours that ``nearest`` found, ``(N,)``.

    ``similarity`` and ``index`` are ``(N, k)``, ``train_label (M,)`` in ``0 .. classes - 1``. A tie
    goes to the tied class whose neighbours are more similar.

    >>> vote(torch.ones(1, 3), torch.tensor([[0, 1, 2]]), torch.tensor([4, 2, 2]))
    tensor([2])
    """
    classes = int(train_label.max()) + 1
    parts = row_blocks(similarity, index, width=classes)
    return torch.cat([_most(part, train_label[near], classes) for part, near in parts])


def _most(similarity: Tensor, label: Tensor, classes: int) -> Tensor:
    votes = torch.zeros(len(label), classes, device=label.device)
    # |sum of similarities| <= k, so this term breaks ties and never outweighs a vote.
    weight = 1 + similarity / (4 * max(1, similarity.shape[1]))
    return votes.scatter_add_(1, label, weight).argmax(dim=1)


def knn_accuracy(
    train: Tensor, train_label: Tensor, query: Tensor, label: Tensor, k: int = 20
) -> float:
    """Fraction of queries whose ``k`` nearest training rows vote for their label (cosine, exact).

    Shapes: ``train (M, d)``, ``train_label (M,)``, ``query (N, d)``, ``label (N,)``.
    Wu et al. 2018 (arXiv:1805.01978), with equal votes. With fewer than ``k`` training rows all of
    them vote. NaN if there are no training rows or no queries.

    >>> knn_accuracy(torch.eye(2), torch.arange(2), torch.eye(2), torch.arange(2), k=1)
    1.0
    """
    if not len(train) or not len(query):
        return float("nan")
    return (vote(*nearest(query, train, k), train_label) == label).double().mean().item()
