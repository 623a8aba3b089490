"""Accuracy on the classes with many, a medium number of and few training rows."""

import torch
from torch import Tensor

MANY, FEW = 100, 20
SKEWED = 2.0
"""Classes are of similar size if the largest has fewer than this many times the rows of the
smallest."""


def accuracy_by_frequency(
    predicted: Tensor, label: Tensor, train_label: Tensor
) -> dict[str, float]:
    """Mean accuracy of the classes with > 100, 20 to 100, and < 20 training rows.

    ``many_accuracy``, ``medium_accuracy``, ``few_accuracy``: the accuracy of each class, averaged
    over the classes of the group. A group whose classes have no rows is left out. All three are
    left out if the training classes are of similar size (``SKEWED``). Shapes:
    ``predicted (N,)``, ``label (N,)``, ``train_label (M,)``, every label from 0. Liu et al. 2019
    (arXiv:1904.05160).

    >>> train = torch.tensor([0] * 101 + [1] * 20 + [2] * 19)
    >>> accuracy_by_frequency(torch.tensor([0, 0, 2]), torch.tensor([0, 1, 2]), train)
    {'many_accuracy': 1.0, 'medium_accuracy': 0.0, 'few_accuracy': 1.0}
    """
    highest = max((int(part.max()) for part in (label, train_label) if len(part)), default=-1)
    rows = torch.bincount(train_label, minlength=highest + 1)
    trained = rows[rows > 0]
    if not len(trained) or trained.max() < SKEWED * trained.min():
        return {}
    total = torch.bincount(label, minlength=highest + 1)
    right = torch.bincount(label[predicted == label], minlength=highest + 1)
    share = right.double() / total
    groups = {"many": rows > MANY, "medium": (rows >= FEW) & (rows <= MANY), "few": rows < FEW}
    return {
        f"{name}_accuracy": share[chosen].mean().item()
        for name, group in groups.items()
        if bool((chosen := group & (total > 0)).any())
    }
