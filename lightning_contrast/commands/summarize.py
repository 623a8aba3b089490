"""``lightning-contrast summarize``: any number of runs, in one table and a few pictures."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_contrast.errors import InputError, refuse
from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.sweeps.groups import Group, best_group, group_runs
from lightning_contrast.sweeps.runs import Run, find_runs
from lightning_contrast.sweeps.table import Table, as_csv, as_latex, as_markdown, make_table

SHOWN = ("validation/accuracy", "test/accuracy", "test/macro_f1")


class Summary(NamedTuple):
    """Runs, their groups, the best of them by ``metric``, and the table of ``metrics``."""

    runs: Sequence[Run]
    groups: Sequence[Group]
    metric: str
    best: Group | None
    table: Table


def summarize(
    paths: Iterable[str | Path],
    over: Sequence[str] = ("seed",),
    metrics: Sequence[str] = (),
    best: str | None = None,
) -> Summary:
    """Reads the runs in folders of runs and sweeps, also of sweeps that still run.

    Runs are grouped by what differs between them; those that differ in the keys ``over`` alone are
    repetitions, and give mean, standard deviation and n. The best group is that with the highest
    mean of ``best``, a validation metric (None: the ``metric`` of the runs' config).

    Raises:
        InputError: no folder, no run, a metric that no run has, or a best one by test rows.
    """
    runs = find_runs(paths)
    groups = group_runs(runs, over)
    metric = best or runs[0].metric
    known = dict.fromkeys(name for group in groups for name in group.figures)
    for name in (*metrics, *([best] if best else [])):
        if known and name not in known:
            raise InputError(f"no run has a metric {name!r}; there are: {', '.join(sorted(known))}")
    shown = metrics or [name for name in dict.fromkeys((metric, *SHOWN)) if name in known]
    winner = best_group(groups, metric)
    return Summary(runs, groups, metric, winner, make_table(groups, shown))


def write_summary(summary: Summary, folder: Path) -> list[Path]:
    """Writes ``summary.csv`` (every figure), ``summary.md``, ``summary.tex`` and the pictures."""
    from lightning_contrast.sweeps.pictures import draw

    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "summary.csv": as_csv(summary.groups),
        "summary.md": as_markdown(summary.table),
        "summary.tex": as_latex(summary.table),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return [*(folder / name for name in texts), *draw(summary.groups, summary.metric, folder)]


def print_summary(summary: Summary) -> None:
    """The table, the best group, and how the runs stand."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Lines
    from rich.text import Text

    wide = 240  # a file or a pipe has no width
    console = Console(highlight=False, width=None if sys.stdout.isatty() else wide)
    lines = Lines(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for place, name in enumerate(summary.table.header):
        lines.add_column(Text(name), justify="left" if place < summary.table.left else "right")
    for group, row in zip(summary.groups, summary.table.rows, strict=True):
        lines.add_row(*map(Text, row), style="bold" if group is summary.best else "")
    console.print(lines)
    states = [run.state for group in summary.groups for run in group.runs]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    console.print(f" {len(states)} runs: {counts}", soft_wrap=True)
    if summary.best is not None:
        figure = summary.best.figures[summary.metric]
        setting = " ".join(f"{key}={value}" for key, value in summary.best.setting.items())
        about = f"{figure.mean:.4f} over {figure.n} run{'s' * (figure.n > 1)}"
        console.print(Text(f" best {summary.metric}: {about}  {setting}"), soft_wrap=True)


def main(argv: Sequence[str] | None = None) -> None:
    """``lightning-contrast summarize RUNS... [--over KEYS] [--metrics NAMES] [--best NAME]``."""
    from argparse import ArgumentParser

    parser = ArgumentParser("lightning-contrast summarize", description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders of runs or sweeps, also running ones")
    parser.add_argument("--over", default="seed", help="keys that repeat a run: seed,source.salt")
    parser.add_argument("--metrics", default="", help="columns: test/accuracy,test/ece")
    parser.add_argument("--best", help="validation metric that picks the best (the runs' own)")
    parser.add_argument("--output", help="folder of the files (RUNS/summary of one folder)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing, write the files")
    words = parser.parse_args(argv)
    output = words.output or (f"{words.runs[0]}/summary" if len(words.runs) == 1 else "summary")
    try:
        summary = summarize(words.runs, _list(words.over), _list(words.metrics), words.best)
        written = write_summary(summary, Path(output))
    except InputError as error:
        refuse(error)
    if not words.quiet:
        print_summary(summary)
        print(f" written to {output}: {', '.join(path.name for path in written)}")


def _list(words: str) -> list[str]:
    return [word for word in words.split(",") if word]
