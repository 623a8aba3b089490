"""Runs of one setting taken together: what differs is the setting, what repeats it is the seed."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.sweeps.runs import STATES, Run

NEVER = ("name", "quiet", "rerun_failed", "group", "tags", "job_type", "resume")


class Averaged(NamedTuple):
    """Mean and standard deviation (``None`` of one run) over ``n`` runs."""

    mean: float
    sd: float | None
    n: int


class Setting(NamedTuple):
    """``values``: what tells it from the other settings; its runs; their mean ``figures``."""

    values: Mapping[str, str]
    runs: Sequence[Run]
    figures: Mapping[str, Averaged]

    @property
    def states(self) -> Mapping[str, int]:
        """How many runs are in each state."""
        states = [run.state for run in self.runs]
        return {state: states.count(state) for state in dict.fromkeys(states)}


def differing(runs: Sequence[Run], over: Sequence[str] = ("seed",)) -> list[str]:
    """The keys that tell the runs apart; those of ``over`` only repeat a run.

    First come the overrides of the commands that differ. Then the choices of groups and single
    values, where the keys before them don't say it already: with ``recipe`` nobody needs the loss
    and the temperature that the recipe sets.
    """
    found: list[str] = []
    parts = 1
    for kind in ("overrides", "choices", "values"):
        keys = dict.fromkeys(key for run in runs for key in getattr(run, kind))
        for key in keys:
            if key in (*NEVER, *over, *found) or key.startswith(("hydra", "study.")):
                continue
            if len({value_of(run, key) for run in runs}) == 1 or key.endswith("_target_"):
                continue
            now = len({tuple(value_of(run, each) for each in (*found, key)) for run in runs})
            if now > parts or kind == "overrides":
                found.append(key)
                parts = now
    return found


def value_of(run: Run, key: str) -> str:
    """What a run has for a key: the choice of a group, or a value of its config."""
    for source in (run.choices, run.values, run.overrides):
        if key in source:
            return str(source[key])
    return "–"


def settings_of(runs: Sequence[Run], over: Sequence[str] = ("seed",)) -> list[Setting]:
    """The settings that the runs have, in the order in which they first come.

    Of runs that are the same in the keys of ``over`` too, one counts: the last that has ended. A
    figure is over the runs that ended: one that is pruned, failed or running has no say in it,
    unless none of the setting has ended; then they are the last ones logged.
    """
    keys = differing(runs, over)
    found: dict[tuple[str, ...], dict[tuple[str, ...], Run]] = {}
    for run in runs:
        members = found.setdefault(tuple(value_of(run, key) for key in keys), {})
        repeat = tuple(value_of(run, key) for key in over)
        if repeat not in members or STATES.index(run.state) <= STATES.index(members[repeat].state):
            members[repeat] = run
    return [
        Setting(dict(zip(keys, values, strict=True)), (own := [*members.values()]), _figures(own))
        for values, members in found.items()
    ]


def _figures(runs: Sequence[Run]) -> dict[str, Averaged]:
    counted = [run for run in runs if run.state == "finished"] or runs
    names = dict.fromkeys(name for run in counted for name in run.figures)
    return {
        name: averaged([run.figures[name] for run in counted if name in run.figures])
        for name in names
    }


def averaged(values: Sequence[float]) -> Averaged:
    """Mean and standard deviation (of a sample) of one value or more.

    >>> averaged([1.0, 2.0, 3.0])
    Averaged(mean=2.0, sd=1.0, n=3)
    """
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Averaged(statistics.fmean(values), sd, len(values))


def best_setting(settings: Sequence[Setting], metric: str) -> Setting | None:
    """The setting with the highest mean of a validation metric; of those that ended, if any has.

    Raises ``InputError`` for a metric of the test rows: they choose nothing.

    >>> best_setting([], "test/accuracy")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: best must go by a validation metric, got test/accuracy...
    """
    if metric.startswith("test/"):
        raise InputError(
            f"best must go by a validation metric, got {metric}: set --best "
            f"{metric.replace('test/', 'validation/')}"
        )
    scored = [setting for setting in settings if metric in setting.figures]
    ended = [setting for setting in scored if "finished" in setting.states]
    return max(ended or scored, key=lambda setting: setting.figures[metric].mean, default=None)
