"""Groups runs by setting: a setting is all that differs between runs, except the seed."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.sweeps.runs import STATES, RunFolder

NEVER = ("name", "quiet", "rerun_failed", "group", "tags", "job_type", "resume")


class Averaged(NamedTuple):
    """Mean and standard deviation (``None`` for one run) over ``n`` runs."""

    mean: float
    sd: float | None
    n: int


class Setting(NamedTuple):
    """``values``: those that differ between settings, by key; its runs; their mean ``figures``."""

    values: Mapping[str, str]
    runs: Sequence[RunFolder]
    figures: Mapping[str, Averaged]

    @property
    def states(self) -> Mapping[str, int]:
        """How many runs are in each state."""
        states = [run.state for run in self.runs]
        return {state: states.count(state) for state in dict.fromkeys(states)}


def differing(runs: Sequence[RunFolder], over: Sequence[str] = ("seed",)) -> list[str]:
    """The keys whose values differ between runs, without those of ``over``, which repeat a run.

    Overrides of the commands come first. Choices of groups and single values follow only if they
    tell apart runs that the keys before them do not: if ``recipe`` differs, the loss and the
    temperature that it sets are not listed.
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


def value_of(run: RunFolder, key: str) -> str:
    """The value of a key in a run: the choice of a group, or a value of its config."""
    for source in (run.choices, run.values, run.overrides):
        if key in source:
            return str(source[key])
    return "–"


def settings_of(runs: Sequence[RunFolder], over: Sequence[str] = ("seed",)) -> list[Setting]:
    """The settings of the runs, in the order of their first run.

    If runs agree in the keys of ``over`` too, one of them counts: the last finished one, if any is
    finished. Figures are means over the finished runs. If no run of a setting is finished, they are
    means over all of its runs.
    """
    keys = differing(runs, over)
    found: dict[tuple[str, ...], dict[tuple[str, ...], RunFolder]] = {}
    for run in runs:
        members = found.setdefault(tuple(value_of(run, key) for key in keys), {})
        repeat = tuple(value_of(run, key) for key in over)
        if repeat not in members or STATES.index(run.state) <= STATES.index(members[repeat].state):
            members[repeat] = run
    return [
        Setting(dict(zip(keys, values, strict=True)), (own := [*members.values()]), _figures(own))
        for values, members in found.items()
    ]


def _figures(runs: Sequence[RunFolder]) -> dict[str, Averaged]:
    counted = [run for run in runs if run.state == "finished"] or runs
    names = dict.fromkeys(name for run in counted for name in run.figures)
    return {
        name: averaged([run.figures[name] for run in counted if name in run.figures])
        for name in names
    }


def averaged(values: Sequence[float]) -> Averaged:
    """Mean and sample standard deviation of one value or more.

    >>> averaged([1.0, 2.0, 3.0])
    Averaged(mean=2.0, sd=1.0, n=3)
    """
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Averaged(statistics.fmean(values), sd, len(values))


def best_setting(settings: Sequence[Setting], metric: str) -> Setting | None:
    """The setting with the highest mean of a validation metric, among finished ones if any is.

    Raises ``InputError`` for a metric of the test rows: nothing may be chosen by them.

    >>> best_setting([], "test/accuracy")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: best must be a validation metric, got test/accuracy...
    """
    if metric.startswith("test/"):
        raise InputError(
            f"best must be a validation metric, got {metric}: set --best "
            f"{metric.replace('test/', 'validation/')}"
        )
    scored = [setting for setting in settings if metric in setting.figures]
    ended = [setting for setting in scored if "finished" in setting.states]
    return max(ended or scored, key=lambda setting: setting.figures[metric].mean, default=None)
