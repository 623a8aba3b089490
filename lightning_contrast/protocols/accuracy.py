"""How often the head is right, and how sure it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.mistakes import worst_mistakes
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import Interval, bootstrap
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, Plot, Share, Table
from lightning_contrast.report.plots import draw_confusion
from lightning_contrast.report.reliability import draw_reliability
from lightning_contrast.report.table import METRICS

NAMES = METRICS | {"balanced_accuracy": "balanced accuracy"}


class Accuracy(EvaluationProtocol):
    """Accuracy, F1, calibration and mistakes of the head on the test split, with intervals.

    Figures: ``test/accuracy``, ``balanced_accuracy``, ``macro_f1``, ``top_K_accuracy``, ``ece`` (15
    bins; of the probabilities that ``predict`` gives), ``ece_uncalibrated`` (before temperature
    scaling, Guo et al. 2017, arXiv:1706.04599; left out where no temperature was fitted), and
    ``test/f1/CLASS``; of each ``NAME/low`` and ``NAME/high``, its bootstrap interval. The interval
    of a calibration error lies too high: resampling adds gaps by chance.

    Args:
        resamples: of the test rows, for the intervals.
        level: of the intervals.
        top_k: ``K`` of the top-K accuracies; those below the number of classes are reported.
        mistakes: how many of the surest wrong rows are listed.

    >>> Accuracy(resamples=0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: accuracy needs resamples of at least 1 and a level ...
    """

    title = "Accuracy"

    def __init__(
        self,
        resamples: int = 1000,
        level: float = 0.95,
        top_k: Sequence[int] = (3, 5),
        mistakes: int = 24,
    ) -> None:
        if resamples < 1 or not 0 < level < 1:
            raise InputError(
                "accuracy needs resamples of at least 1 and a level between 0 and 1, got "
                f"{resamples} and {level}: set protocols.accuracy.resamples=1000 and level=0.95"
            )
        self.resamples, self.level = resamples, level
        self.top_k, self.mistakes = top_k, mistakes

    def __call__(self, subject: Subject) -> Findings:
        test, classes = subject.test, subject.classes
        if not len(test.label):
            return Findings({}, notes=["No test row has a label."])
        found = self.intervals(subject)
        figures: dict[str, float] = {}
        for name, interval in found.items():
            figures[f"test/{name}"] = interval.value
            figures |= {f"test/{name}/low": interval.low, f"test/{name}/high": interval.high}
        cells = test.label * len(classes) + test.logits.argmax(dim=1)
        matrix = torch.bincount(cells, minlength=len(classes) ** 2).view(len(classes), -1).numpy()
        panels = {"as predict gives them": subject.probabilities(test)}
        if subject.temperature is not None:
            panels["before calibration"] = test.logits.softmax(dim=1)
        lines = zip(classes, matrix.tolist(), strict=True)
        tables = {
            "figures": _figures_table(found, self.level),
            "classes": _class_table(found, matrix, classes),
            "mistakes": self.mistakes_table(subject),
            "confusion": Table(
                ("true", *classes),
                [(name, *counts) for name, counts in lines],
                "Rows of a true class by predicted class.",
            ),
        }
        plots = {
            "confusion": Plot(
                lambda: draw_confusion(matrix, classes),
                "Counts on test; the colour is the share of the true class.",
            ),
            "reliability": Plot(
                lambda: draw_reliability(panels, test.label),
                "Reliability: the accuracy of the rows of each confidence.",
            ),
        }
        return Findings(figures, tables, plots)

    def intervals(self, subject: Subject) -> dict[str, Interval]:
        """Every figure with its interval."""
        test = subject.test
        judged = Judged(subject.probabilities(test), test.label)
        raw = Judged(test.logits.softmax(dim=1), test.label)
        ks = [k for k in self.top_k if k < len(subject.classes)]

        def statistic(weight: Tensor) -> Mapping[str, Tensor]:
            figures = {
                "accuracy": judged.accuracy(weight),
                "balanced_accuracy": judged.balanced_accuracy(weight),
                "macro_f1": judged.macro_f1(weight),
                **{f"top_{k}_accuracy": judged.top_k(weight, k) for k in ks},
                "ece": judged.calibration_error(weight),
            }
            if subject.temperature is not None:
                figures["ece_uncalibrated"] = raw.calibration_error(weight)
            of_class = zip(subject.classes, judged.f1(weight).T, strict=True)
            return figures | {f"f1/{name}": values for name, values in of_class}

        return bootstrap(statistic, len(test.label), self.resamples, subject.seed, self.level)

    def mistakes_table(self, subject: Subject) -> Table:
        test, modality = subject.test, subject.modality
        worst = worst_mistakes(test, subject.probabilities(test), self.mistakes)
        return Table(
            ("row", modality.name, "true", "predicted", "confidence"),
            [
                (
                    str(m.row),
                    modality.show(subject.rows.raw, m.row),
                    subject.classes[m.true],
                    subject.classes[m.predicted],
                    Share(m.confidence),
                )
                for m in worst
            ],
            "Test rows that were predicted wrongly, the surest first.",
        )


def _figures_table(found: Mapping[str, Interval], level: float) -> Table:
    lines: list[tuple[Cell, ...]] = [
        (NAMES.get(name, name.replace("_", " ").replace("top ", "top-")), *map(Share, interval))
        for name, interval in found.items()
        if not name.startswith("f1/")
    ]
    return Table(("", "test", "from", "to"), lines, f"With {100 * level:g} % bootstrap intervals.")


def _class_table(found: Mapping[str, Interval], matrix: Any, classes: Sequence[str]) -> Table:
    lines: list[tuple[Cell, ...]] = []
    counts = (matrix.diagonal().tolist(), matrix.sum(axis=1).tolist(), matrix.sum(axis=0).tolist())
    for name, hit, total, predicted in zip(classes, *counts, strict=True):
        recall = Share(hit / total) if total else None
        precision = Share(hit / predicted) if predicted else None
        f1 = map(Share, found[f"f1/{name}"]) if f"f1/{name}" in found else (None, None, None)
        lines.append((name, total, recall, precision, *f1))
    return Table(("class", "rows", "recall", "precision", "F1", "from", "to"), lines, "Classes.")
