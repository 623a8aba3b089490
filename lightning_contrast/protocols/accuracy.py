"""How often the head is right, and how sure it is."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.mistakes import worst_mistakes
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import Interval, bootstrap
from lightning_contrast.metrics.temperature import fit_temperature
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.report.findings import Cell, Findings, Plot, Share, Table
from lightning_contrast.report.plots import draw_confusion
from lightning_contrast.report.reliability import draw_reliability

NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "ece": "calibration error (ECE)",
    "ece_calibrated": "ECE after temperature scaling",
}


class Accuracy:
    """Accuracy, F1, calibration and mistakes of the head on the test split, with intervals.

    Figures: ``test/accuracy``, ``balanced_accuracy``, ``macro_f1``, ``top_K_accuracy``, ``ece`` (15
    bins), ``ece_calibrated`` (after temperature scaling, Guo et al. 2017, arXiv:1706.04599), and
    ``test/f1/CLASS``; of each ``NAME/low`` and ``NAME/high``, its bootstrap interval (a calibration
    error is too high in a resample, by chance gaps, and so is its interval); and
    ``test/temperature``, fitted on validation (left out where there is no validation row).

    Args:
        resamples: of the test rows, for the intervals.
        level: of the intervals.
        top_k: ``K`` of the top-K accuracies; those below the number of classes are reported.
        mistakes: the surest wrong rows, so many at most.

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
        test = subject.test
        if not len(test.label):
            return Findings({}, notes=["No test row has a label."])
        found, temperature = self.intervals(subject)
        figures = _flat(found)
        if temperature is not None:
            figures["test/temperature"] = temperature
        predicted = test.logits.argmax(dim=1)
        classes = len(subject.classes)
        cells = torch.bincount(test.label * classes + predicted, minlength=classes**2)
        matrix = cells.view(classes, classes).numpy()
        tables = {
            "figures": _figures_table(found, self.level),
            "classes": _class_table(found, matrix, subject.classes),
            "mistakes": self.mistakes_table(subject),
            "confusion": Table(
                ("true", *subject.classes),
                [(n, *row) for n, row in zip(subject.classes, matrix.tolist(), strict=True)],
                "Rows of a true class by predicted class.",
            ),
        }
        panels = {"as trained": test.logits.softmax(dim=1)}
        if temperature is not None:
            panels[f"temperature {temperature:.3g}"] = (test.logits / temperature).softmax(dim=1)
        plots = {
            "confusion": Plot(
                lambda: draw_confusion(matrix, subject.classes),
                "Counts on test; the colour is the share of the true class.",
            ),
            "reliability": Plot(
                lambda: draw_reliability(panels, test.label),
                "Reliability: accuracy of the rows of a confidence, before and after scaling.",
            ),
        }
        return Findings(figures, tables, plots)

    def intervals(self, subject: Subject) -> tuple[dict[str, Interval], float | None]:
        """Every figure with its interval, and the temperature that fits validation."""
        test = subject.test
        judged = Judged(test.logits.softmax(dim=1), test.label)
        calibrated = None
        temperature = fit_temperature(subject.validation.logits, subject.validation.label)
        if temperature is not None:
            calibrated = Judged((test.logits / temperature).softmax(dim=1), test.label)
        ks = [k for k in self.top_k if k < len(subject.classes)]

        def statistic(weight: Tensor) -> Mapping[str, Tensor]:
            figures = {
                "accuracy": judged.accuracy(weight),
                "balanced_accuracy": judged.balanced_accuracy(weight),
                "macro_f1": judged.macro_f1(weight),
                **{f"top_{k}_accuracy": judged.top_k(weight, k) for k in ks},
                "ece": judged.calibration_error(weight),
            }
            if calibrated is not None:
                figures["ece_calibrated"] = calibrated.calibration_error(weight)
            of_class = zip(subject.classes, judged.f1(weight).T, strict=True)
            return figures | {f"f1/{name}": values for name, values in of_class}

        found = bootstrap(statistic, len(test.label), self.resamples, subject.seed, self.level)
        return found, temperature

    def mistakes_table(self, subject: Subject) -> Table:
        raw, modality = subject.rows.raw, subject.modality
        worst = worst_mistakes(subject.test, subject.classes, self.mistakes)
        return Table(
            ("row", modality.name, "true", "predicted", "confidence"),
            [
                (
                    str(m.row),
                    modality.show(raw, m.row),
                    m.true,
                    m.predicted,
                    Share(m.confidence),
                )
                for m in worst
            ],
            "Test rows that were predicted wrongly, the surest first.",
        )


def _flat(found: Mapping[str, Interval]) -> dict[str, float]:
    figures = {}
    for name, interval in found.items():
        figures[f"test/{name}"] = interval.value
        figures |= {f"test/{name}/low": interval.low, f"test/{name}/high": interval.high}
    return figures


def _figures_table(found: Mapping[str, Interval], level: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, interval in found.items():
        if not name.startswith("f1/"):
            shown = NAMES.get(name, name.replace("_", " ").replace("top ", "top-"))
            rows.append((shown, *map(Share, interval)))
    return Table(("", "test", "from", "to"), rows, f"With {100 * level:g} % bootstrap intervals.")


def _class_table(
    found: Mapping[str, Interval], matrix: np.ndarray, classes: Sequence[str]
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    hits, of, as_ = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    for number, name in enumerate(classes):
        hit, total, predicted = int(hits[number]), int(of[number]), int(as_[number])
        f1 = found.get(f"f1/{name}")
        rows.append(
            (
                name,
                total,
                Share(hit / total) if total else None,
                Share(hit / predicted) if predicted else None,
                *(map(Share, f1) if f1 else (None, None, None)),
            )
        )
    return Table(("class", "rows", "recall", "precision", "F1", "from", "to"), rows, "Classes.")
