"""Which classes are taken for which others."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.report.findings import Plot, ReportTable
from lightning_contrast.report.plots import draw_confusion

MOST = 100
"""Classes whose confusion is shown, at most: a table of 5,000 would have 25 million cells."""


class Confusion(NamedTuple):
    """Counts of rows by true and predicted class ``(c, c)``, of the classes that are shown, and a
    sentence on which these are, where it is not all."""

    matrix: np.ndarray
    classes: tuple[str, ...]
    note: str

    @property
    def table(self) -> ReportTable:
        lines = zip(self.classes, self.matrix.tolist(), strict=True)
        title = f"Rows of a true class by predicted class.{self.note}"
        return ReportTable(
            ("true", *self.classes), [(name, *counts) for name, counts in lines], title
        )

    def plot(self, caption: str) -> Plot:
        return Plot(lambda: draw_confusion(self.matrix, self.classes), caption + self.note)


def confusion(
    label: Tensor, predicted: Tensor, classes: Sequence[str], most: int = MOST
) -> Confusion:
    """The confusion of rows with a label; of more classes than ``most``, that among those of which
    most rows are wrong.

    >>> label, predicted = torch.tensor([0, 1, 1, 2]), torch.tensor([0, 2, 1, 2])
    >>> confusion(label, predicted, "abc").matrix.tolist()
    [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    >>> confusion(label, predicted, "abc", most=1).note
    ' Of 3 classes, the 1 with most wrong rows.'
    """
    shown, note = torch.arange(len(classes)), ""
    if len(classes) > most:
        wrong = label[predicted != label].bincount(minlength=len(classes))
        shown = wrong.argsort(descending=True, stable=True)[:most].sort().values
        note = f" Of {len(classes):,} classes, the {most} with most wrong rows."
    place = torch.full((len(classes),), -1)
    place[shown] = torch.arange(len(shown))
    true, guess = place[label], place[predicted]
    kept = (true >= 0) & (guess >= 0)
    cells = true[kept] * len(shown) + guess[kept]
    matrix = cells.bincount(minlength=len(shown) ** 2).view(len(shown), -1).numpy()
    return Confusion(matrix, tuple(classes[each] for each in shown.tolist()), note)
