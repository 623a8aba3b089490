"""``lightning-contrast summarize``: a table and pictures of many runs."""

from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_contrast.errors import InputError, refuse
from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.markdown import markdown_table
from lightning_contrast.report.table import print_results
from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.sweeps.runs import RunFolder, find_runs
from lightning_contrast.sweeps.settings import Setting, best_setting, settings_of
from lightning_contrast.sweeps.table import as_csv, as_latex, settings_table

SHOWN = ("validation/accuracy", "test/accuracy", "test/macro_f1")


class Summary(NamedTuple):
    """Runs, their settings, the best of them by ``metric``, and the table of chosen metrics."""

    runs: Sequence[RunFolder]
    settings: Sequence[Setting]
    metric: str
    best: Setting | None
    table: ReportTable


def summarize(
    paths: Iterable[str | Path],
    over: Sequence[str] = ("seed",),
    metrics: Sequence[str] = (),
    best: str | None = None,
) -> Summary:
    """Reads the runs in folders of runs and sweeps, also of sweeps that still run.

    The values that differ between runs are their setting. Runs that differ only in the keys
    ``over`` are repetitions of one setting, and give mean, standard deviation and n. The best
    setting has the highest mean of ``best``, a validation metric (None: the ``metric`` of the runs'
    config).

    Raises:
        InputError: there is no folder or no run, no run has a metric, or ``best`` is a metric of
            test rows.
    """
    runs = find_runs(paths)
    settings = settings_of(runs, over)
    metric = best or runs[0].metric
    known = dict.fromkeys(name for setting in settings for name in setting.figures)
    for name in (*metrics, *([best] if best else [])):
        if known and name not in known:
            raise InputError(f"no run has a metric {name!r}; there are: {', '.join(sorted(known))}")
    shown = metrics or [name for name in dict.fromkeys((metric, *SHOWN)) if name in known]
    table = settings_table(settings, shown)
    return Summary(runs, settings, metric, best_setting(settings, metric), table)


def write_summary(summary: Summary, folder: Path) -> list[Path]:
    """Writes ``summary.csv`` (every figure), ``summary.md``, ``summary.tex`` and the pictures."""
    from lightning_contrast.sweeps.pictures import draw

    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "summary.csv": as_csv(summary.settings),
        "summary.md": markdown_table(summary.table) + "\n",
        "summary.tex": as_latex(summary.table),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return [*(folder / name for name in texts), *draw(summary.settings, summary.metric, folder)]


def notes(summary: Summary) -> list[str]:
    """Lines about the states of the runs, and about the best setting."""
    states = [run.state for setting in summary.settings for run in setting.runs]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    lines = [f"{len(states)} runs: {counts}"]
    if (best := summary.best) is not None:
        figure = best.figures[summary.metric]
        setting = " ".join(f"{key}={value}" for key, value in best.values.items())
        about = f"{figure.mean:.4f} over {figure.n} run{'s' * (figure.n > 1)}"
        lines.append(f"best {summary.metric}: {about}  {setting}")
    return lines


def main(argv: Sequence[str] | None = None) -> None:
    """``lightning-contrast summarize RUNS... [--over KEYS] [--metrics NAMES] [--best NAME]``."""
    parser = ArgumentParser("lightning-contrast summarize", description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders of runs or sweeps, also running ones")
    parser.add_argument("--over", default="seed", help="keys that repeat a run: seed,source.salt")
    parser.add_argument("--metrics", default="", help="columns: test/accuracy,test/ece")
    parser.add_argument("--best", help="validation metric that picks the best (the runs' own)")
    parser.add_argument("--output", help="folder of the files (RUNS/summary of one folder)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing, write the files")
    given = parser.parse_args(argv)
    output = given.output or (f"{given.runs[0]}/summary" if len(given.runs) == 1 else "summary")
    try:
        summary = summarize(given.runs, _list(given.over), _list(given.metrics), given.best)
        written = write_summary(summary, Path(output))
    except InputError as error:
        refuse(error)
    if not given.quiet:
        print_results([summary.table], notes=notes(summary))
        print(f" written to {output}: {', '.join(path.name for path in written)}")


def _list(words: str) -> list[str]:
    return [word for word in words.split(",") if word]
