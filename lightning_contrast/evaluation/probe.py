"""Logistic regression on frozen features, with all labels or with a few."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.types import Embedded

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""Inverse regularisation; the best on validation is taken, and 1 without validation rows."""


class FewShot(NamedTuple):
    """Accuracy on test over several draws of the labelled rows."""

    mean: float
    sd: float


class Probe:
    """Probes of the features of a training split, judged on test; C is chosen on validation.

    Features are standardised by the training rows (without their labels). All rows have a label.
    """

    def __init__(self, train: Embedded, validation: Embedded, test: Embedded) -> None:
        mean, sd = train.features.mean(dim=0), train.features.std(dim=0).clamp(min=1e-6)
        splits = (train, validation, test)
        self.columns = [((split.features - mean) / sd).numpy() for split in splits]
        self.labels = [split.label.numpy() for split in splits]

    def linear(self) -> tuple[Tensor, float]:
        """The probe of all training rows: which test rows it gets right ``(N,)``, and its C."""
        right, penalty = self._best([np.arange(len(self.labels[0]))])
        return torch.from_numpy(right[0]), penalty

    def few_shot(self, per_class: int, draws: int, seed: int) -> FewShot:
        """Probes of ``per_class`` training rows a class, C by the mean of all draws."""
        random = np.random.default_rng([seed, per_class])
        members = [np.flatnonzero(self.labels[0] == label) for label in np.unique(self.labels[0])]
        rows = [
            np.concatenate([random.permutation(of_class)[:per_class] for of_class in members])
            for _ in range(draws)
        ]
        accuracy = [right.mean() for right in self._best(rows)[0]]
        return FewShot(float(np.mean(accuracy)), float(np.std(accuracy, ddof=draws > 1)))

    def _best(self, rows: Sequence[np.ndarray]) -> tuple[list[np.ndarray], float]:
        """Of each set of training rows, the right test rows of the fit with the best C."""
        known = len(self.labels[1]) > 0
        best: tuple[float, list[np.ndarray], float] = (-1.0, [], 1.0)
        for penalty in PENALTIES if known else (1.0,):
            right = [self._fit(kept, penalty) for kept in rows]
            score = float(np.mean([v.mean() for v, _ in right])) if known else 0.0
            best = max(best, (score, [t for _, t in right], penalty), key=lambda found: found[0])
        return best[1], best[2]

    def _fit(self, rows: np.ndarray, penalty: float) -> list[np.ndarray]:
        """Which validation and which test rows a fit to these training rows gets right."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=penalty, tol=1e-3, max_iter=200)
        with warnings.catch_warnings():  # a fit cut short by its step limit is still a probe
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self.columns[0][rows], self.labels[0][rows])
        others = zip(self.columns[1:], self.labels[1:], strict=True)
        return [model.predict(c) == y if len(y) else np.zeros(0, bool) for c, y in others]
