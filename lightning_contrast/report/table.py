"""The final figures as tables, for the terminal and for the report."""

import sys
from collections.abc import Callable, Iterable, Mapping

from lightning_contrast.errors import on_one_line
from lightning_contrast.report.findings import Cell, ReportTable, Share, shown

Figures = Mapping[str, float | int]

METRICS = {
    "to_partner_recall_at_1": "recall@1, row to partner",
    "from_partner_recall_at_1": "recall@1, partner to row",
    "to_partner_map": "mAP, row to partner",
    "from_partner_map": "mAP, partner to row",
    "spearman": "Spearman's correlation",
    "pearson": "Pearson's correlation",
    "ap50": "average precision at an overlap of 0.5 (AP50)",
    "ap": "average precision (AP)",
    "ap75": "average precision at an overlap of 0.75",
    "span_f1": "strict span F1",
    "span_precision": "strict span precision",
    "span_recall": "strict span recall",
    "accuracy": "accuracy",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "label_map": "mAP of the labels",
    "subset_accuracy": "all labels of a row right",
    "label_ece": "calibration error of the labels",
    "many_accuracy": "accuracy, classes with > 100 rows",
    "medium_accuracy": "accuracy, classes with 20 to 100",
    "few_accuracy": "accuracy, classes with < 20",
    "ece": "calibration error (ECE)",
    "ece_uncalibrated": "ECE before calibration",
    "knn_accuracy": "kNN accuracy",
    "recall_at_1": "recall@1",
    "map_at_r": "mAP@R",
    "alignment": "alignment",
    "uniformity": "uniformity",
    "effective_rank": "effective rank",
}
"""Names of metrics for people; the keys are those of ``summarize``; the table has this order."""

_NO_RATE = ("alignment", "uniformity", "effective_rank", "spearman", "pearson")


def metric_cell(figures: Figures, split: str, metric: str) -> Cell:
    """A figure as a cell: a rate becomes a ``Share``, a missing figure None.

    >>> metric_cell({"test/ece": 0.5}, "test", "ece"), metric_cell({}, "test", "ece")
    (0.5, None)
    """
    value = figures.get(f"{split}/{metric}")
    return value if value is None or metric in _NO_RATE else Share(value)


def figures_table(figures: Figures) -> ReportTable:
    """One line for each metric, with its values on validation and on test.

    >>> figures_table({"test/accuracy": 0.5}).rows
    [('accuracy', None, 0.5)]
    """
    splits = ("validation", "test")
    lines = [
        (name, *(metric_cell(figures, s, key) for s in splits)) for key, name in METRICS.items()
    ]
    return ReportTable(("", *splits), [line for line in lines if line[1:] != (None, None)])


def figure_lines(
    figures: Figures, words: Callable[[str], str], rates: tuple[str, ...]
) -> list[tuple[Cell, ...]]:
    """One line for each figure: its name in words, its value, and its interval.

    ``NAME/sd`` gives an interval of one standard deviation on each side. ``rates``: prefixes of the
    names of shares.

    >>> figure_lines({"a": 0.5, "a/low": 0.25, "a/high": 0.75, "b": 2}, str.upper, ("a",))
    [('A', 0.5, 0.25, 0.75), ('B', 2, None, None)]
    """
    lines: list[tuple[Cell, ...]] = []
    for name, value in figures.items():
        low, high, sd = (figures.get(f"{name}/{end}") for end in ("low", "high", "sd"))
        if name.endswith(("/low", "/high", "/sd")):
            continue
        cells = (value, low, high) if sd is None else (value, value - sd, value + sd)
        rate = name.startswith(rates)
        lines.append((words(name), *(Share(c) if rate and c is not None else c for c in cells)))
    return lines


COMPARED = (
    ("validation", "accuracy"),
    ("test", "accuracy"),
    ("validation", "micro_f1"),
    ("test", "micro_f1"),
    ("test", "macro_f1"),
)


def baselines_table(figures: Figures) -> ReportTable:
    """One line for this run and one for each baseline, with those of the figures of ``COMPARED``
    that any of them has.

    Empty without baselines.

    >>> [line[0] for line in baselines_table({"baseline/majority/test/accuracy": 0.2}).rows]
    ['this run', 'majority']
    """
    names = dict.fromkeys(key.split("/")[1] for key in figures if key.startswith("baseline/"))
    known = {tuple(key.split("/")[-2:]) for key in figures}
    compared = [each for each in COMPARED if each in known]
    columns = ("", *(f"{split} {METRICS[metric]}" for split, metric in compared))
    if not names:
        return ReportTable(columns, [])
    prefixes = {"this run": ""} | {name: f"baseline/{name}/" for name in names}
    return ReportTable(
        columns,
        [
            (name.replace("_", " "), *(metric_cell(figures, prefix + s, m) for s, m in compared))
            for name, prefix in prefixes.items()
        ],
    )


def print_results(
    tables: Iterable[ReportTable],
    paths: Mapping[str, object] | None = None,
    notes: Iterable[str] = (),
) -> None:
    """Prints tables, notes, and the paths of files; empty tables are left out."""
    from rich.console import Console
    from rich.text import Text

    wide = None if sys.stdout.isatty() else 240  # a file or a pipe has no width
    console = Console(highlight=False, width=wide)
    for table in tables:
        if table.rows:
            console.print(_drawn(table))
    for note in notes:
        console.print(Text(f" {note}"), soft_wrap=True)
    width = max(map(len, paths or {}), default=0)
    for name, path in (paths or {}).items():
        # A path is not wrapped, so that it can be copied.
        console.print(Text(f" {name:<{width}}  {path}"), soft_wrap=True)


def _drawn(table: ReportTable) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Drawn
    from rich.text import Text

    def literal(cell: object) -> Text:  # rich takes [a,b] in a plain text for markup
        return Text(on_one_line(cell))

    caption = table.caption and literal(table.caption)
    drawn = Drawn(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", caption=caption)
    for i, name in enumerate(table.columns):
        drawn.add_column(literal(name), justify="right" if i else "left")
    for row in table.rows:
        drawn.add_row(*map(literal, map(shown, row)))
    return drawn
