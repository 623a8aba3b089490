"""The settings of a summary as a table for the terminal, CSV, Markdown and LaTeX."""

import io
from collections.abc import Sequence

from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.table import METRICS
from lightning_contrast.runtime.csv_cells import CsvWriter
from lightning_contrast.sweeps.settings import Averaged, Setting

UNITS = ("alignment", "uniformity")  # metrics that are no rates: not shown in percent
LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX |= {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}"}
SIGNS = {"±": r"$\pm$", "–": "--"}


def cell(name: str, figure: Averaged | None, percent: bool = False) -> str:
    """A figure as it is printed, with the standard deviation if there is one; rates in percent, and
    others with ``percent``. A whole number that is the same in all runs is a count.

    >>> cell("test/accuracy", Averaged(0.98, 0.004, 3)), cell("loss", Averaged(9.5, None, 1))
    ('98.00 ± 0.40', '9.50')
    >>> cell("efficiency/parameter_bytes", Averaged(8138868.0, 0.0, 3))
    '8,138,868'
    """
    if figure is None:
        return "–"
    rate = percent or any(part in METRICS and part not in UNITS for part in name.split("/"))
    if not rate and not figure.sd and figure.mean == round(figure.mean):
        return f"{figure.mean:,.0f}"
    scale = 100 if rate else 1
    spread = "" if figure.sd is None else f" ± {scale * figure.sd:.2f}"
    return f"{scale * figure.mean:.2f}{spread}"


def settings_table(settings: Sequence[Setting], metrics: Sequence[str]) -> ReportTable:
    """One line a setting: its values, its runs, and mean ± sd of the metrics (rates in percent)."""
    keys = list(settings[0].values) if settings else []
    rows = [
        [
            *map(short, setting.values.values()),
            _runs(setting),
            *(cell(name, setting.figures.get(name)) for name in metrics),
        ]
        for setting in settings
    ]
    return ReportTable([*keys, "runs", *metrics], rows)


def short(value: str) -> str:
    """A long number rounded to four digits, such as one that a study has drawn.

    >>> short("0.07780155576901421"), short("supcon")
    ('0.0778', 'supcon')
    """
    try:
        return f"{float(value):.4g}" if len(value) > 8 else value
    except ValueError:
        return value


def _runs(setting: Setting) -> str:
    """``3``, or ``2 of 3, 1 failed`` if not all are finished."""
    states = dict(setting.states)
    finished = states.pop("finished", 0)
    if not states:
        return str(finished)
    rest = ", ".join(f"{count} {state}" for state, count in states.items())
    return f"{finished} of {len(setting.runs)}, {rest}"


def as_csv(settings: Sequence[Setting]) -> str:
    """Every figure of every setting: ``NAME`` (mean), ``NAME/sd`` and ``NAME/n``, unrounded."""
    names = dict.fromkeys(name for setting in settings for name in setting.figures)
    keys = list(settings[0].values) if settings else []
    text = io.StringIO()
    writer = CsvWriter(text)
    ends = ("", "/sd", "/n")
    writer.row([*keys, "runs", *(f"{name}{end}" for name in names for end in ends)])
    for setting in settings:
        figures = [setting.figures.get(name) for name in names]
        cells = [value for figure in figures for value in (figure or ("", "", 0))]
        writer.row([*setting.values.values(), len(setting.runs), *cells])
    return text.getvalue()


def as_latex(table: ReportTable) -> str:
    """A ``tabular`` of LaTeX with the rules of booktabs; figures are aligned to the right."""
    left = table.columns.index("runs")
    columns = "l" * left + "r" * (len(table.columns) - left)
    head, *body = (" & ".join(map(_latex, row)) + r" \\" for row in (table.columns, *table.rows))
    rows = "\n".join(body)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head}\n\\midrule\n{rows}\n"
        "\\bottomrule\n\\end{tabular}\n"
    )


def _latex(text: object) -> str:
    return "".join((LATEX | SIGNS).get(letter, letter) for letter in str(text))
