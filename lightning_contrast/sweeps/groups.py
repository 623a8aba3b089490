"""Runs that differ only in what repeats them (the seed), taken together."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.sweeps.runs import STATES, Run

NEVER = ("name", "quiet", "rerun_failed", "group", "tags", "job_type", "resume")


class Figure(NamedTuple):
    """Mean and standard deviation (``None`` of one run) over ``n`` runs."""

    mean: float
    sd: float | None
    n: int


class Group(NamedTuple):
    """``setting``: what tells the group from the others; its runs; its ``figures`` by name."""

    setting: Mapping[str, str]
    runs: Sequence[Run]
    figures: Mapping[str, Figure]

    @property
    def states(self) -> Mapping[str, int]:
        """How many runs are in each state."""
        states = [run.state for run in self.runs]
        return {state: states.count(state) for state in dict.fromkeys(states)}


def differing(runs: Sequence[Run], over: Sequence[str] = ("seed",)) -> list[str]:
    """The keys that tell the runs apart; those of ``over`` only repeat a run.

    First come the words of the commands that differ. Then the choices of groups and single values,
    where the keys before them don't say it already: with ``recipe`` nobody needs the loss and the
    temperature that the recipe sets.
    """
    found: list[str] = []
    parts = 1
    for kind in ("words", "choices", "values"):
        keys = dict.fromkeys(key for run in runs for key in getattr(run, kind))
        for key in keys:
            if key in (*NEVER, *over, *found) or key.startswith(("hydra", "study.")):
                continue
            if len({value_of(run, key) for run in runs}) == 1 or key.endswith("_target_"):
                continue
            now = len({tuple(value_of(run, each) for each in (*found, key)) for run in runs})
            if now > parts or kind == "words":
                found.append(key)
                parts = now
    return found


def value_of(run: Run, key: str) -> str:
    """What a run has for a key: the choice of a group, or a value of its config."""
    for source in (run.choices, run.values, run.words):
        if key in source:
            return str(source[key])
    return "–"


def group_runs(runs: Sequence[Run], over: Sequence[str] = ("seed",)) -> list[Group]:
    """Runs of one setting together, in the order in which the settings first come.

    Of runs that are the same in the keys of ``over`` too, one counts: the last that has ended. A
    figure is over the runs that ended: one that is pruned, failed or running has no say in it,
    unless none of the group has ended; then they are the last ones logged.
    """
    keys = differing(runs, over)
    settings: dict[tuple[str, ...], dict[tuple[str, ...], Run]] = {}
    for run in runs:
        members = settings.setdefault(tuple(value_of(run, key) for key in keys), {})
        repeat = tuple(value_of(run, key) for key in over)
        if repeat not in members or STATES.index(run.state) <= STATES.index(members[repeat].state):
            members[repeat] = run
    return [
        Group(dict(zip(keys, values, strict=True)), [*found.values()], _figures(found.values()))
        for values, found in settings.items()
    ]


def _figures(runs: Iterable[Run]) -> dict[str, Figure]:
    runs = list(runs)
    counted = [run for run in runs if run.state == "finished"] or runs
    names = dict.fromkeys(name for run in counted for name in run.figures)
    return {
        name: figure([run.figures[name] for run in counted if name in run.figures])
        for name in names
    }


def figure(values: Sequence[float]) -> Figure:
    """Mean and standard deviation (of a sample) of one value or more.

    >>> figure([1.0, 2.0, 3.0])
    Figure(mean=2.0, sd=1.0, n=3)
    """
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Figure(statistics.fmean(values), sd, len(values))


def best_group(groups: Sequence[Group], metric: str) -> Group | None:
    """The group with the highest mean of a validation metric; of groups that ended, if any has.

    Raises ``InputError`` for a metric of the test rows: they choose nothing.

    >>> best_group([], "test/accuracy")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: best must go by a validation metric, got test/accuracy...
    """
    if metric.startswith("test/"):
        raise InputError(
            f"best must go by a validation metric, got {metric}: set --best "
            f"{metric.replace('test/', 'validation/')}"
        )
    scored = [group for group in groups if metric in group.figures]
    ended = [group for group in scored if "finished" in group.states]
    return max(ended or scored, key=lambda group: group.figures[metric].mean, default=None)
