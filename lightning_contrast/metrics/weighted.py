"""Figures of a classifier as functions of row weights, for many weights at once (a bootstrap)."""

import torch
from torch import Tensor

from lightning_contrast.metrics.blocks import row_blocks


class Judged:
    """The predictions for ``N`` rows; each method takes weights ``(r, N)`` and gives ``(r, ...)``.

    ``probabilities (N, classes)``, ``label (N,)``; ``bins`` are those of the calibration error.
    ``temperature``: in place of probabilities these are logits, which it divides; a block of rows
    is turned into probabilities at a time. A figure of no row, or whose weights are all 0, is NaN.

    ``confidence (N,)``: the probability of ``predicted (N,)``; ``right (N,)``: 1 or 0.

    >>> judged = Judged(torch.tensor([[0.9, 0.1], [0.2, 0.8]]), torch.tensor([0, 0]))
    >>> judged.accuracy(torch.tensor([[1.0, 1.0], [3.0, 1.0]]))
    tensor([0.5000, 0.7500])
    """

    def __init__(
        self,
        probabilities: Tensor,
        label: Tensor,
        bins: int = 15,
        temperature: float | None = None,
    ) -> None:
        self.label, self.classes, self.bins = label, probabilities.shape[1], bins
        blocks = row_blocks(probabilities, label)
        parts = [_read(chances, own, temperature) for chances, own in blocks]
        found, self.predicted, self.rank = (
            torch.cat(column) for column in zip(*parts, strict=True)
        )
        self.confidence = found.double()
        self.right = (self.predicted == label).double()
        edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)[1:-1]
        self.bin = torch.bucketize(self.confidence, edges)
        self.gap = self.right - self.confidence

    def accuracy(self, weight: Tensor) -> Tensor:
        return weight @ self.right.to(weight) / weight.sum(dim=1)

    def top_k(self, weight: Tensor, k: int) -> Tensor:
        """Share of rows whose label is among the ``k`` most probable classes."""
        return weight @ (self.rank < k).to(weight) / weight.sum(dim=1)

    def recall(self, weight: Tensor) -> Tensor:
        """Share of correct rows of each class, ``(r, classes)``; NaN for a class without rows."""
        return self._hits(weight) / self._total(weight, self.label)

    def f1(self, weight: Tensor) -> Tensor:
        """F1 of each class ``(r, classes)``; NaN if it neither occurs nor is predicted."""
        both = self._total(weight, self.label) + self._total(weight, self.predicted)
        return 2 * self._hits(weight) / both

    def balanced_accuracy(self, weight: Tensor) -> Tensor:
        """Mean recall of the classes that occur."""
        return self.recall(weight).nanmean(dim=1)

    def macro_f1(self, weight: Tensor) -> Tensor:
        """Mean F1 of the classes that occur or are predicted."""
        return self.f1(weight).nanmean(dim=1)

    def calibration_error(self, weight: Tensor) -> Tensor:
        """``sum_b |sum of w (right - confidence) in bin b| / sum of w``."""
        gap = weight.new_zeros(len(weight), self.bins)
        return gap.index_add_(1, self.bin, weight * self.gap.to(weight)).abs().sum(
            dim=1
        ) / weight.sum(dim=1)

    def _hits(self, weight: Tensor) -> Tensor:
        return self._total(weight * self.right.to(weight), self.label)

    def _total(self, weight: Tensor, column: Tensor) -> Tensor:
        return weight.new_zeros(len(weight), self.classes).index_add_(1, column, weight)


def _read(
    scores: Tensor, label: Tensor, temperature: float | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Confidence, prediction, and the rank of the label: 0 if it is the most probable class; among
    equally probable ones the first counts."""
    chances = scores if temperature is None else (scores / temperature).softmax(dim=1)
    found, predicted = chances.max(dim=1)
    own = chances.gather(1, label[:, None])
    before = torch.arange(chances.shape[1], device=label.device) < label[:, None]
    return found, predicted, ((chances > own) | ((chances == own) & before)).sum(dim=1)
