"""Rates of a classifier within a group of rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Rates(NamedTuple):
    """Error rates, ``selection`` (share predicted positive), F1; None where they have no rows."""

    false_positive: float | None
    false_negative: float | None
    selection: float | None
    f1: float | None


def rates(label: np.ndarray, predicted: np.ndarray, positive: Sequence[int]) -> Rates:
    """Rates of each class in ``positive`` against the rest, averaged over those that have one.

    ``label`` and ``predicted`` are class numbers ``(N,)``, ``N > 0``.

    >>> rates(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), positive=[1])
    Rates(false_positive=0.5, false_negative=0.0, selection=0.75, f1=0.8)
    """
    from sklearn.metrics import multilabel_confusion_matrix

    if not len(positive):
        return Rates(None, None, None, None)
    counts = multilabel_confusion_matrix(label, predicted, labels=[*positive])
    tn, fp, fn, tp = counts.reshape(-1, 4).T
    of = ((fp, fp + tn), (fn, fn + tp), (fp + tp, fp + tp + fn + tn), (2 * tp, 2 * tp + fp + fn))
    # A rate without rows is left out of the mean, such as the false positives of a class that all
    # rows have.
    columns = [hits[rows > 0] / rows[rows > 0] for hits, rows in of]
    return Rates(*(float(column.mean()) if len(column) else None for column in columns))
