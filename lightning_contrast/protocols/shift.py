"""Is the classifier as good on rows of another origin with the same labels?"""

from lightning_contrast.config.ranges import Count
from lightning_contrast.evaluation.other_rows import Others, named, other_rows
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import Interval, bootstrap
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share
from lightning_contrast.types import Embedded


class Shift(EvaluationProtocol):
    """Balanced accuracy of the head on other sources with the same classes.

    All rows of a source count, of any split, except copies and rows that were trained on.

    Args:
        sources: other sources by name, each as what differs from the run's own
            (``{amazon: {domain: amazon}}``), or a list of choices of the ``source`` group.
        rows: the most rows of a source that are judged; they are drawn with the run's seed.
        resamples: of the rows, for 95 % bootstrap intervals.

    Figures: ``shift/NAME/balanced_accuracy`` (with ``/low`` and ``/high``), ``accuracy``, ``ece``
    and ``rows`` of each source, and ``shift/balanced_accuracy``, the mean of the sources.

    Raises:
        InputError: at the call, for a source that can't be judged: of other classes or modality.

    >>> Shift({"amazon": {"domain": "amazon"}}).rows
    20000
    """

    title = "Shift: the same labels elsewhere"

    def __init__(
        self, sources: Others = None, rows: Count = 20000, resamples: Count = 1000
    ) -> None:
        self.sources, self.rows, self.resamples = sources, rows, resamples

    def __call__(self, subject: Subject) -> Findings:
        if not (others := named(self.sources)):
            note = "Shift: no other source is named: protocols.shift.sources={NAME: {...}}."
            return Findings({}, notes=[note])
        lines: list[list[Cell]] = []
        if len(subject.test.label):
            own = self.judged(subject, subject.test)
            lines.append(["own test rows", *_cells(own), len(subject.test.label), None])
        figures: dict[str, float] = {}
        means = []
        for name, other in others.items():
            found = other_rows(subject, other, name, self.rows)
            label = found.source.label
            split = subject.embed(found.source.raw, found.rows, label, f"source {name}")
            values = self.judged(subject, split)
            balanced = values["balanced_accuracy"]
            figures |= {f"shift/{name}/{metric}": v.value for metric, v in values.items()}
            figures |= balanced.flat(f"shift/{name}/balanced_accuracy")
            figures[f"shift/{name}/rows"] = len(split.label)
            lines.append([name, *_cells(values), len(split.label), found.copies + found.seen])
            means.append(balanced.value)
        figures["shift/balanced_accuracy"] = sum(means) / len(means)
        lines.append(["mean of the others", Share(figures["shift/balanced_accuracy"]), *[None] * 6])
        header = ("", "balanced accuracy", "from", "to", "accuracy", "ECE", "rows", "left out")
        caption = (
            "With 95 % bootstrap intervals. Left out: rows that repeat another, or one that was "
            "trained on."
        )
        return Findings(figures, {"shift": ReportTable(header, lines, caption)})

    def judged(self, subject: Subject, split: Embedded) -> dict[str, Interval]:
        """Balanced accuracy, accuracy and calibration error of a split, with intervals."""
        rows = subject.judged(split)
        return bootstrap(
            lambda weight: {
                "balanced_accuracy": rows.balanced_accuracy(weight),
                "accuracy": rows.accuracy(weight),
                "ece": rows.calibration_error(weight),
            },
            len(split.label),
            self.resamples,
            subject.seed,
        )


def _cells(values: dict[str, Interval]) -> list[Cell]:
    rest = [Share(values[metric].value) for metric in ("accuracy", "ece")]
    return [*map(Share, values["balanced_accuracy"]), *rest]
