"""Linear probes: logistic regression on frozen features, with all labels or a few."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.types import Embedded

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""Inverse regularisation C; the best on validation is taken, or 1 without validation rows."""


class FewShotAccuracy(NamedTuple):
    """Accuracy on test, over several draws of the labelled rows."""

    mean: float
    sd: float


class Probe:
    """Fits probes to the features of a training split and tests them; C is chosen on validation.

    Features are standardised with mean and deviation of the training rows. All rows have a label.
    """

    def __init__(self, train: Embedded, validation: Embedded, test: Embedded) -> None:
        mean, sd = train.features.mean(dim=0), train.features.std(dim=0).clamp(min=1e-6)
        splits = (train, validation, test)
        self.columns = [((split.features - mean) / sd).numpy() for split in splits]
        self.labels = [split.label.numpy() for split in splits]

    def linear(self) -> tuple[Tensor, float]:
        """The probe of all training rows: whether each test row is right, ``(N,)``, and its C."""
        right, penalty = self._best([np.arange(len(self.labels[0]))])
        return torch.from_numpy(right[0]), penalty

    def few_shot(self, per_class: int, draws: int, seed: int) -> FewShotAccuracy:
        """Probes of ``per_class`` training rows a class; C has the best mean over all draws."""
        random = np.random.default_rng([seed, per_class])
        members = [np.flatnonzero(self.labels[0] == label) for label in np.unique(self.labels[0])]
        rows = [
            np.concatenate([random.permutation(of_class)[:per_class] for of_class in members])
            for _ in range(draws)
        ]
        accuracy = [right.mean() for right in self._best(rows)[0]]
        return FewShotAccuracy(float(np.mean(accuracy)), float(np.std(accuracy, ddof=draws > 1)))

    def _best(self, rows: Sequence[np.ndarray]) -> tuple[list[np.ndarray], float]:
        """Whether each test row is right, for each set of training rows, with the best C."""
        known = len(self.labels[1]) > 0
        best: tuple[float, list[np.ndarray], float] = (-1.0, [], 1.0)
        for penalty in PENALTIES if known else (1.0,):
            right = [self._fit(kept, penalty) for kept in rows]
            score = float(np.mean([v.mean() for v, _ in right])) if known else 0.0
            best = max(best, (score, [t for _, t in right], penalty), key=lambda found: found[0])
        return best[1], best[2]

    def _fit(self, rows: np.ndarray, penalty: float) -> list[np.ndarray]:
        """Whether each validation and each test row is right, for a fit to these training rows."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=penalty, tol=1e-3, max_iter=200)
        with warnings.catch_warnings():  # a fit that reaches its step limit is still a probe
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self.columns[0][rows], self.labels[0][rows])
        others = zip(self.columns[1:], self.labels[1:], strict=True)
        return [model.predict(c) == y if len(y) else np.zeros(0, bool) for c, y in others]
