"""Accuracy, macro F1 and calibration of predicted probabilities."""

import torch
from torch import Tensor

from lightning_contrast.metrics.weighted import Judged


def accuracy(predicted: Tensor, label: Tensor) -> float:
    """Fraction of rows with ``predicted (N,) == label (N,)``; NaN without rows.

    >>> accuracy(torch.tensor([0, 1]), torch.tensor([0, 2]))
    0.5
    """
    return (predicted == label).double().mean().item()


def macro_f1(predicted: Tensor, label: Tensor, classes: int) -> float:
    """Mean of the F1 score over the classes that occur in ``label`` or are predicted.

    Shapes: ``predicted (N,)``, ``label (N,)``. NaN without rows.

    >>> macro_f1(torch.tensor([0, 1]), torch.tensor([0, 1]), classes=3)
    1.0
    """
    pairs = (label, predicted, label[predicted == label])
    true, said, hits = (column.bincount(minlength=classes).double() for column in pairs)
    return (2 * hits / (true + said)).nanmean().item()


def expected_calibration_error(
    probabilities: Tensor, label: Tensor, bins: int = 15, temperature: float | None = None
) -> float:
    """How far confidence is from accuracy: ``sum_b n_b / N |accuracy_b - confidence_b|``.

    Shapes: ``probabilities (N, classes)``, ``label (N,)``; the bins ``((b-1)/bins, b/bins]`` hold
    the highest probability of a row. NaN without rows. Guo et al. 2017 (arXiv:1706.04599). In
    torchmetrics a confidence of exactly 1, usual after training, has a bin of its own; here it is
    in the last bin. ``temperature``: as in ``Judged``, which takes logits with it.

    >>> expected_calibration_error(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
    0.5
    """
    weight = torch.ones(1, len(label), dtype=torch.float64)
    return Judged(probabilities, label, bins, temperature).calibration_error(weight).item()
