"""The final figures as lines of a table, for the terminal and for the report."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Figures = Mapping[str, float | int]

METRICS = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "many_accuracy": "accuracy, classes with > 100 rows",
    "medium_accuracy": "accuracy, classes with 20 to 100",
    "few_accuracy": "accuracy, classes with < 20",
    "ece": "calibration error (ECE)",
    "knn_accuracy": "kNN accuracy",
    "recall_at_1": "recall@1",
    "map_at_r": "mAP@R",
    "alignment": "alignment",
    "uniformity": "uniformity",
}
"""Names of metrics for people; the keys are those of `summarize`, the order that of the table."""

_NO_RATE = ("alignment", "uniformity")


class Line(NamedTuple):
    """A name and the cells beside it, as they are shown."""

    name: str
    cells: tuple[str, ...]


def shown(metric: str, value: float | None) -> str:
    """A figure as it is printed: rates in percent.

    >>> shown("accuracy", 0.98214), shown("uniformity", -2.5), shown("ece", None)
    ('98.21 %', '-2.500', '–')
    """
    if value is None:
        return "–"
    return f"{value:.3f}" if metric in _NO_RATE else f"{100 * value:.2f} %"


def metric_lines(figures: Figures) -> list[Line]:
    """One line a metric, with its value on validation and on test.

    >>> metric_lines({"test/accuracy": 0.5})
    [Line(name='accuracy', cells=('–', '50.00 %'))]
    """
    lines = []
    for key, name in METRICS.items():
        values = [figures.get(f"{split}/{key}") for split in ("validation", "test")]
        if values != [None, None]:
            lines.append(Line(name, tuple(shown(key, value) for value in values)))
    return lines


COMPARED = (("validation", "accuracy"), ("test", "accuracy"), ("test", "macro_f1"))


def baseline_lines(figures: Figures) -> list[Line]:
    """One line a baseline, ours first: the cells are those of `COMPARED`. Empty without baselines.

    >>> [line.name for line in baseline_lines({"baseline/majority/test/accuracy": 0.2})]
    ['this run', 'majority']
    """
    names = dict.fromkeys(key.split("/")[1] for key in figures if key.startswith("baseline/"))
    if not names:
        return []
    prefixes = {"this run": ""} | {name: f"baseline/{name}/" for name in names}
    return [
        Line(
            name.replace("_", " "),
            tuple(shown(m, figures.get(f"{prefix}{split}/{m}")) for split, m in COMPARED),
        )
        for name, prefix in prefixes.items()
    ]


def print_results(figures: Figures, paths: Mapping[str, object] | None = None) -> None:
    """Print the metrics of validation and test, the baselines, and where things were written."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(_table(("", "validation", "test"), metric_lines(figures)))
    if baselines := baseline_lines(figures):
        header = ("", *(f"{split} {METRICS[metric]}" for split, metric in COMPARED))
        console.print(_table(header, baselines))
    width = max(map(len, paths or {}), default=0)
    for name, path in (paths or {}).items():
        # A path is never wrapped: it is there to be copied.
        console.print(Text(f" {name:<{width}}  {path}"), soft_wrap=True)


def _table(header: tuple[str, ...], lines: Iterable[Line]) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i else "left")
    for line in lines:
        table.add_row(line.name, *line.cells)
    return table
