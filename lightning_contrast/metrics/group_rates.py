"""Rates of a classifier within a group of rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Rates(NamedTuple):
    """Error rates, ``selection`` (share predicted positive), F1; None where they have no rows."""

    false_positive: float | None
    false_negative: float | None
    selection: float
    f1: float | None


def rates(label: np.ndarray, predicted: np.ndarray, positive: Sequence[int]) -> Rates:
    """Rates of each class in ``positive`` against the rest, averaged over those that have one.

    ``label`` and ``predicted`` are class numbers ``(N,)``, ``N > 0``.

    >>> rates(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), positive=[1])
    Rates(false_positive=0.5, false_negative=0.0, selection=0.75, f1=0.8)
    """
    found: tuple[list[float], ...] = ([], [], [], [])
    for number in positive:
        true, said = label == number, predicted == number
        found[2].append(float(said.mean()))
        if (~true).any():
            found[0].append(float(said[~true].mean()))
        if true.any():
            found[1].append(float((~said)[true].mean()))
        if true.any() or said.any():
            found[3].append(float(2 * (true & said).sum() / (true.sum() + said.sum())))
    means = [float(np.mean(values)) if values else None for values in found]
    return Rates(means[0], means[1], means[2] or 0.0, means[3])
