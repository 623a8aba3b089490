"""The groups of a summary as a table: for the terminal, CSV, Markdown and LaTeX."""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from lightning_contrast.report.table import METRICS
from lightning_contrast.sweeps.groups import Figure, Group

UNITS = ("alignment", "uniformity")  # no rates
LATEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}"}


class Table(NamedTuple):
    """``header`` and ``rows`` of cells; ``left``: columns of words, before those of figures."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int


def cell(name: str, figure: Figure | None) -> str:
    """A figure as it is printed: rates in percent, with the standard deviation where there is one.

    >>> cell("test/accuracy", Figure(0.98, 0.004, 3)), cell("train/seconds", Figure(12.3, None, 1))
    ('98.00 ± 0.40', '12.30')
    """
    if figure is None:
        return "–"
    metric = name.rpartition("/")[2]
    rate = metric in METRICS and metric not in UNITS
    scale = 100 if rate else 1
    spread = "" if figure.sd is None else f" ± {scale * figure.sd:.2f}"
    return f"{scale * figure.mean:.2f}{spread}"


def make_table(groups: Sequence[Group], metrics: Sequence[str]) -> Table:
    """One line a group: its setting, its runs, and mean ± sd of the metrics (rates in percent)."""
    keys = list(groups[0].setting) if groups else []
    rows = []
    for group in groups:
        figures = [cell(name, group.figures.get(name)) for name in metrics]
        rows.append([*map(short, group.setting.values()), _runs(group), *figures])
    return Table([*keys, "runs", *metrics], rows, len(keys))


def short(value: str) -> str:
    """Four digits of a number with many: those of a study are drawn.

    >>> short("0.07780155576901421"), short("supcon")
    ('0.0778', 'supcon')
    """
    try:
        return f"{float(value):.4g}" if len(value) > 8 else value
    except ValueError:
        return value


def _runs(group: Group) -> str:
    """``3``, or ``2 of 3, 1 failed`` where not all have ended."""
    states = dict(group.states)
    finished = states.pop("finished", 0)
    if not states:
        return str(finished)
    rest = ", ".join(f"{count} {state}" for state, count in states.items())
    return f"{finished} of {len(group.runs)}, {rest}"


def as_csv(groups: Sequence[Group]) -> str:
    """Every figure of every group: ``NAME`` (mean), ``NAME/sd`` and ``NAME/n``, unrounded."""
    names = dict.fromkeys(name for group in groups for name in group.figures)
    keys = list(groups[0].setting) if groups else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    ends = ("", "/sd", "/n")
    writer.writerow([*keys, "runs", *(f"{name}{end}" for name in names for end in ends)])
    for group in groups:
        figures = [group.figures.get(name) for name in names]
        cells = [value for figure in figures for value in (figure or ("", "", 0))]
        writer.writerow([*group.setting.values(), len(group.runs), *cells])
    return text.getvalue()


def as_markdown(table: Table) -> str:
    """A table of GitHub's Markdown.

    >>> print(as_markdown(Table(["loss", "runs"], [["a|b", "3"]], 1)), end="")
    | loss | runs |
    |---|---|
    | a\\|b | 3 |
    """
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    texts = [[each.replace("|", "\\|") for each in line] for line in lines]
    texts[1:2] = []
    rows = ["| " + " | ".join(line) + " |\n" for line in texts]
    return rows[0] + "|" + "---|" * len(table.header) + "\n" + "".join(rows[1:])


def as_latex(table: Table) -> str:
    """A ``tabular`` of LaTeX with the rules of booktabs."""
    columns = "l" * table.left + "r" * (len(table.header) - table.left)
    lines = [" & ".join(map(_latex, line)) + r" \\" for line in (table.header, *table.rows)]
    body = "\n".join(lines[1:])
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{lines[0]}\n\\midrule\n{body}\n"
        "\\bottomrule\n\\end{tabular}\n"
    )


def _latex(text: str) -> str:
    escaped = "".join(LATEX.get(letter, letter) for letter in text)
    return escaped.replace("±", r"$\pm$").replace("–", "--")
