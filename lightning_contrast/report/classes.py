"""The scores of each class on test rows, for the report and the model card."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.report.findings import ReportTable, Share
from lightning_contrast.types import Embedded


class ClassScore(NamedTuple):
    """A class: its numbers of training and test rows, and precision, recall and F1 on test."""

    name: str
    train: int
    test: int
    precision: float
    recall: float
    f1: float


def by_class(classes: Sequence[str], trained: np.ndarray, test: Embedded) -> list[ClassScore]:
    """The scores of each class; ``trained``: labels of the training rows, -1 unlabelled."""
    from sklearn.metrics import precision_recall_fscore_support

    known = test.label >= 0
    label = test.label[known].numpy()
    numbers = np.arange(len(classes))
    columns = np.zeros((4, len(classes)))
    if len(label):
        predicted = test.logits.argmax(1)[known].numpy()
        columns = np.stack(
            precision_recall_fscore_support(label, predicted, labels=numbers, zero_division=0)
        )
    rows = np.bincount(trained[trained >= 0], minlength=len(classes))
    return [
        ClassScore(name, int(rows[n]), int(columns[3, n]), *columns[:3, n].tolist())
        for n, name in enumerate(classes)
    ]


def class_table(scores: Sequence[ClassScore]) -> ReportTable:
    """One line for each class; a class without test rows has no scores."""
    columns = ("class", "training rows", "test rows", "precision", "recall", "F1")
    cells = ([Share(v) if score.test else None for v in score[3:]] for score in scores)
    return ReportTable(columns, [(*s[:3], *rest) for s, rest in zip(scores, cells, strict=True)])
