"""How often the head is right, and how sure it is."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import Interval, bootstrap
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.protocols.protocol import EvaluationProtocol, Level
from lightning_contrast.report.classes import ClassScore, by_class, class_table
from lightning_contrast.report.confusion import confusion
from lightning_contrast.report.findings import Findings, Plot, ReportTable, Share
from lightning_contrast.report.reliability import draw_reliability
from lightning_contrast.report.table import METRICS, figure_lines

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
    """

    title = "Accuracy"

    def __init__(
        self,
        resamples: Count = 1000,
        level: Level = 0.95,
        top_k: Sequence[Count] = (3, 5),
        mistakes: CountFromZero = 24,
    ) -> None:
        self.resamples, self.level = resamples, level
        self.top_k, self.mistakes = top_k, mistakes

    def __call__(self, subject: Subject) -> Findings:
        test, classes = subject.test, subject.classes
        if not len(test.label):
            return Findings({}, notes=["No test row has a label."])
        judged, raw = subject.judged(test), Judged(test.logits, test.label, temperature=1.0)
        found = self.intervals(subject, judged, raw)
        figures: dict[str, float] = {}
        for name, interval in found.items():
            figures |= interval.flat(f"test/{name}")
        shown = {name[5:]: v for name, v in figures.items() if not name.startswith("test/f1/")}
        lines_shown = figure_lines(shown, _words, rates=("",))
        note = f"With {100 * self.level:g} % bootstrap intervals."
        confused = confusion(test.label, test.logits.argmax(dim=1), classes)
        scores = by_class(classes, subject.training_labels, test)
        panels = {"as predict gives them": judged}
        if subject.temperature is not None:
            panels["before calibration"] = raw
        tables = {
            "figures": ReportTable(("", "test", "from", "to"), lines_shown, note),
            "classes": _class_table(found, scores),
            "mistakes": self.mistakes_table(subject, judged),
            "confusion": confused.table,
        }
        plots = {
            "confusion": confused.plot(
                "Counts on test; the colour is the share of the true class."
            ),
            "reliability": Plot(
                lambda: draw_reliability(panels),
                "Reliability: the accuracy of the rows of each confidence.",
            ),
        }
        return Findings(figures, tables, plots)

    def intervals(self, subject: Subject, judged: Judged, raw: Judged) -> dict[str, Interval]:
        """Every figure with its interval; ``raw``: without the temperature."""
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

        return bootstrap(statistic, len(judged.label), self.resamples, subject.seed, self.level)

    def mistakes_table(self, subject: Subject, judged: Judged) -> ReportTable:
        """The wrongly classified rows, the most confident first."""
        test, classes, modality = subject.test, subject.classes, subject.modality
        confidence, predicted = judged.confidence, judged.predicted
        wrong = (predicted != test.label).nonzero()[:, 0]
        order = wrong[confidence[wrong].argsort(descending=True, stable=True)][: self.mistakes]
        columns = (test.index, test.label, predicted, confidence)
        lines = [
            (
                str(row + 1),
                modality.show(subject.rows.raw, row),
                classes[true],
                classes[guess],
                Share(c),
            )
            for row, true, guess, c in zip(*(c[order].tolist() for c in columns), strict=True)
        ]
        caption = "Test rows that were predicted wrongly, the surest first."
        return ReportTable(
            ("row", modality.name, "true", "predicted", "confidence"), lines, caption
        )


def _words(name: str) -> str:
    """
    >>> _words("macro_f1"), _words("top_3_accuracy")
    ('macro F1', 'top-3 accuracy')
    """
    return NAMES.get(name, name.replace("_", " ").replace("top ", "top-"))


def _class_table(found: Mapping[str, Interval], scores: Sequence[ClassScore]) -> ReportTable:
    """What ``class_table`` says, and the interval of F1."""
    table, lines = class_table(scores), []
    for score, line in zip(scores, table.rows, strict=True):
        interval = found.get(f"f1/{score.name}")
        lines.append((*line, *(map(Share, interval[1:]) if interval else (None, None))))
    return ReportTable((*table.columns, "from", "to"), lines, "Classes.")
