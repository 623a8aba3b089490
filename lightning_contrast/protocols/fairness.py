"""Is the classifier as good for every group of rows?"""

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError, listing
from lightning_contrast.evaluation.groups import RowGroup, differences, gaps, groups_of
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share


class Fairness(EvaluationProtocol):
    """Accuracy, error rates and calibration of each group of test rows, and their gaps.

    A group is the rows with one value of an attribute of the source (``attribute_columns`` of a
    table), or with one pair of values of two attributes. Groups of fewer than ``min_rows`` rows are
    marked as small; worst group, gaps and differences leave them out, as chance moves them most.

    Args:
        attributes: names of the attributes that count; None: all that the source has.
        positive: the class whose prediction is the favourable one. None: the second of two classes;
            of more, each class against the rest, rates being averaged and differences the largest.
        min_rows: the fewest rows of a group that is compared.
        intersections: also groups by each two attributes.

    Figures, ``WHAT`` being an attribute or two joined by ``&``: ``fairness/WHAT/groups``,
    ``small_groups``, ``worst_accuracy``, ``accuracy_gap``, ``f1_gap``, ``false_positive_gap``,
    ``false_negative_gap``, ``ece_gap``, ``demographic_parity_difference`` and
    ``equalized_odds_difference``. Agarwal et al. 2018 (arXiv:1803.02453); Hardt et al. 2016
    (arXiv:1610.02413).

    Raises:
        InputError: at the call, for an unknown attribute or class, or without ``fairlearn``.

    >>> Fairness(attributes=["sex"]).min_rows
    30
    """

    title = "Fairness: groups"

    def __init__(
        self,
        attributes: Sequence[str] | None = None,
        positive: str | None = None,
        min_rows: Count = 30,
        intersections: bool = True,
    ) -> None:
        self.attributes, self.positive = attributes, positive
        self.min_rows, self.intersections = min_rows, intersections

    def __call__(self, subject: Subject) -> Findings:
        columns = self.columns(subject)
        if not columns:
            note = "Fairness: the source names no attributes of rows (source.attribute_columns)."
            return Findings({}, notes=[note])
        if not len(subject.test.label):
            return Findings({}, notes=["Fairness: no test row has a label."])
        positive = self.positives(subject.classes)
        judged = subject.judged(subject.test)
        figures: dict[str, float] = {}
        summary: list[list[Cell]] = []
        tables = {}
        for what, values in columns.items():
            groups = groups_of(values, judged, positive, self.min_rows)
            large = np.isin(values, [group.name for group in groups if not group.small])
            true, said = judged.label.numpy()[large], judged.predicted.numpy()[large]
            found = gaps(groups) | differences(values[large], true, said, positive)
            figures |= {f"fairness/{what}/{name}": value for name, value in found.items()}
            summary.append([what, *(_cell(found, name) for name in SUMMARY)])
            caption = f"Test rows by {what}, with 95 % Wilson intervals of the accuracy."
            name = "by_" + re.sub(r"\W+", "_", what)
            tables[name] = ReportTable(HEADER, [_line(group) for group in groups], caption)
        caption = f"Over groups of {self.min_rows} rows or more; differences as fairlearn has them."
        first = ReportTable(("by", *(SUMMARY.values())), summary, caption)
        return Findings(figures, {"fairness": first, **tables})

    def columns(self, subject: Subject) -> dict[str, np.ndarray]:
        """The value of each test row ``(N,)``, by attribute and by two."""
        known = subject.rows.attributes or {}
        wanted = list(known) if self.attributes is None else list(self.attributes)
        if unknown := [name for name in wanted if name not in known]:
            raise InputError(
                f"fairness.attributes: the source has no attribute {unknown[0]!r}, it has "
                f"{listing(list(known))}: set source.attribute_columns to the columns you mean"
            )
        row = subject.test.index.numpy()
        columns = {name: known[name][row] for name in wanted}
        if self.intersections:
            for one, other in combinations(wanted, 2):
                pairs = zip(columns[one], columns[other], strict=True)
                columns[f"{one}&{other}"] = np.array([f"{a} & {b}" for a, b in pairs])
        return columns

    def positives(self, classes: tuple[str, ...]) -> list[int]:
        """Numbers of the classes that count as favourable, each against the rest."""
        if self.positive is None:
            return [1] if len(classes) == 2 else list(range(len(classes)))
        if self.positive not in classes:
            raise InputError(
                f"fairness.positive must be a class, got {self.positive!r}: set it to one of "
                f"{listing(list(classes))}"
            )
        return [classes.index(self.positive)]


RATES = ("F1", "false pos.", "false neg.", "selected", "ECE")
HEADER = ("group", "rows", "accuracy", "from", "to", *RATES, "")
SUMMARY = {
    "groups": "groups",
    "small_groups": "small",
    "worst_accuracy": "worst accuracy",
    "accuracy_gap": "accuracy gap",
    "false_positive_gap": "false pos. gap",
    "false_negative_gap": "false neg. gap",
    "ece_gap": "ECE gap",
    "demographic_parity_difference": "demographic parity diff.",
    "equalized_odds_difference": "equalised odds diff.",
}


def _cell(found: dict[str, float], name: str) -> Cell:
    value = found.get(name)
    return value if value is None or isinstance(value, int) else Share(value)


def _line(group: RowGroup) -> list[Cell]:
    one = group.rates
    values = (group.accuracy, group.low, group.high, one.f1, one.false_positive)
    shares = (*values, one.false_negative, one.selection, group.ece)
    cells = [None if value is None else Share(value) for value in shares]
    return [group.name, group.rows, *cells, "small" if group.small else ""]
