"""The arms of an experiment: runs them, and writes their table and figure (./scripts/experiment).

``experiments/NAME/arms.yaml`` holds ``config`` (a YAML beside it), ``arms`` (by name, the overrides
that make the arm), ``metrics`` (by name, the heading; one that ends in % is shown in percent) and
perhaps ``figure`` (the metric that is drawn) and ``trials`` (``trials.py``). A run goes to
``runs/experiments/NAME/ARM/SEED``, where another arm finds its weights
(``start_from=RUNS/ARM/${seed}/checkpoints/best.ckpt``); the figure goes to ``results.png`` beside
``arms.yaml``, and the table between two comments of the README there.
"""

import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from arms_figure import draw
from finished import finished
from plan_checks import check_plan

from lightning_contrast.errors import InputError, refuse
from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.markdown import markdown_table
from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.sweeps.runs import find_runs
from lightning_contrast.sweeps.settings import Averaged, settings_of
from lightning_contrast.sweeps.table import cell

START = "<!-- results: ./scripts/experiment {} -->"
END = "<!-- end of results -->"


class Plan(NamedTuple):
    """What ``arms.yaml`` says."""

    folder: Path
    config: str
    arms: Mapping[str, Sequence[str]]
    metrics: Mapping[str, str]
    figure: str | None = None
    seeds: str = "0,1,2"
    trials: Sequence[Sequence[str]] = ()
    own: Mapping[str, Sequence[str]] = {}
    chosen: Mapping[str, str] = {}

    def command(self, arm: str, seeds: str, more: Sequence[str], output: Path) -> list[str]:
        """The multirun of the seeds of an arm that are not finished; empty if all are."""
        folder = output / file_name(arm)
        own = [word.replace("RUNS", str(output)) for word in self.arms[arm]]
        own += ["quiet=true", *more]
        left = [seed for seed in seeds.split(",") if not finished(folder / seed, own)]
        return left and [
            *(sys.executable, "-m", "lightning_contrast.commands.train", "-m"),
            *("--config-dir", str(self.folder), "--config-name", self.config),
            *(*own, f"seed={','.join(left)}"),
            *("hydra.sweep.subdir=${seed}", f'hydra.sweep.dir="{folder}"'),
        ]


def file_name(arm: str) -> str:
    """The name of an arm's folder.

    >>> file_name("nearest rows (hard)")
    'nearest_rows_hard'
    """
    return re.sub(r"\W+", "_", arm).strip("_")


def read_plan(folder: Path) -> Plan:
    """The plan of an experiment's folder.

    Raises ``InputError`` where there is none, and for mistakes in it.
    """
    path = folder / "arms.yaml"
    if not path.is_file():
        known = sorted(file.parent.name for file in folder.parent.glob("*/arms.yaml"))
        raise InputError(f"no experiment {folder.name} has an arms.yaml; there are: {known}")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    check_plan(path, values, [name for name in Plan._fields if name not in ("folder", "chosen")])
    return Plan(folder, **values)


def figures_of(plan: Plan, output: Path) -> dict[str, Mapping[str, Averaged]]:
    """By arm that has run, mean and standard deviation over its seeds."""
    found = {}
    for arm in plan.arms:
        folder = output / file_name(arm)
        if any(folder.glob("*/.hydra/config.yaml")):
            found[arm] = settings_of(find_runs([folder]))[0].figures
    return found


def table(plan: Plan, found: Mapping[str, Mapping[str, Averaged]]) -> str:
    """The table in Markdown, with the standard deviation; few arms and many metrics lie across."""
    rows = [["", "seeds", *plan.metrics.values(), *["chosen"] * bool(plan.chosen)]]
    rows += [
        [arm, str(max(figure.n for figure in figures.values()))]
        + [
            cell(name, figures.get(name), heading.endswith("%"))
            for name, heading in plan.metrics.items()
        ]
        + [plan.chosen.get(arm, "")] * bool(plan.chosen)
        for arm, figures in found.items()
    ]
    if len(plan.metrics) > 2 * len(plan.arms):
        rows = [*map(list, zip(*rows, strict=True))]
    return markdown_table(ReportTable(rows[0], rows[1:]))


def with_table(readme: str, name: str, rows: str) -> str:
    """The README with the table in its place.

    Raises ``InputError`` if it has no place for one.

    >>> with_table(f"{START.format('a')} {END} rest", "a", "|1|").splitlines()[-1]
    '<!-- end of results --> rest'
    """
    before, start, rest = readme.partition(START.format(name))
    _, end, after = rest.partition(END)
    if not end:
        raise InputError(f"README.md needs the lines {START.format(name)} and {END}")
    return f"{before}{start}\n\n{rows.strip()}\n\n{end}{after}"


def main(words: Sequence[str] | None = None) -> None:
    """``python -m arms EXPERIMENTS NAME [--only ARMS] [--seeds 0,1,2] [OVERRIDES]``."""
    parser = ArgumentParser("./scripts/experiment", description="Runs the arms of an experiment.")
    parser.add_argument("experiments", type=Path)
    parser.add_argument("name", help="a folder of experiments/ with an arms.yaml")
    parser.add_argument("--only", nargs="+", metavar="ARM", help="these arms alone")
    parser.add_argument("--seeds", help="such as 0,1,2 (those of arms.yaml); more may follow later")
    parser.add_argument("--output", type=Path, help="folder of the runs (runs/experiments/NAME)")
    parser.add_argument("more", nargs="*", metavar="OVERRIDE", help="further overrides of all arms")
    given: Any = parser.parse_intermixed_args(words)
    try:
        plan = read_plan(given.experiments / given.name)
        run_all(plan, given)
    except InputError as error:
        refuse(error)


def run_all(plan: Plan, given: Any) -> None:
    """Runs the arms one after the other, and writes what was found after each."""
    from trials import tuned

    from lightning_contrast.report.style import save

    output = (given.output or Path("runs/experiments") / given.name).absolute()
    said = given.only or []
    given.more += [word for word in said if "=" in word and word not in plan.arms]
    arms = [word for word in said if word not in given.more] or list(plan.arms)
    if unknown := set(arms) - set(plan.arms):
        raise InputError(f"no arm {', '.join(sorted(unknown))}; there are: {', '.join(plan.arms)}")

    def run(plan: Plan, arm: str, output: Path) -> None:
        command = plan.command(arm, plan.seeds, given.more, output)
        if command and subprocess.run(command).returncode:
            raise InputError(f"arm {arm} failed (above): mend it and run the same command again")

    plan = plan._replace(seeds=given.seeds or plan.seeds)
    for number, arm in enumerate(arms, 1):
        print(f"{given.name}: {arm} ({number} of {len(arms)})", flush=True)
        plan = tuned(plan, run, output, arm)
        run(plan, arm, output)
    found = figures_of(plan, output)
    for arm in found.keys() - set(arms):  # their trials are done: what was chosen is told again
        plan = tuned(plan, run, output, arm)
    rows = table(plan, found)
    print(f"\n{rows}")
    readme = plan.folder / "README.md"
    write_text(readme, with_table(readme.read_text(encoding="utf-8"), given.name, rows))
    if (metric := plan.figure) is not None:
        save(lambda: draw(metric, found), plan.folder / "results.png")


if __name__ == "__main__":
    main()
