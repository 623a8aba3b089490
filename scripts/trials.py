"""The trials of an experiment: every arm is tried with as many settings, and keeps its best.

``arms.yaml`` then holds ``trials``, a list of overrides that all arms are tried with, and perhaps
``own``, by arm, another value of a parameter that only this arm has: each trial is run without it
and with it. A trial is one run of seed 10; what is compared is the first of the ``metrics``, so
it has to be one of validation rows.
"""

from collections.abc import Callable
from pathlib import Path

from arms import Plan, figures_of

from lightning_contrast.errors import InputError

SEED = "10"


def trials_of(plan: Plan, arm: str) -> Plan:
    """A plan of one arm's trials, by their overrides.

    >>> plan = Plan(Path("x"), "run", {"a": ["loss=a"]}, {}, None, "0", [["lr=1"]], {"a": ["m=2"]})
    >>> trials_of(plan, "a").arms
    {'a, lr=1': ['loss=a', 'lr=1'], 'a, lr=1 m=2': ['loss=a', 'lr=1', 'm=2']}
    """
    own = [[], plan.own[arm]] if arm in plan.own else [[]]
    tried = [[*words, *more] for words in plan.trials for more in own]
    arms = {f"{arm}, {' '.join(words)}": [*plan.arms[arm], *words] for words in tried}
    return plan._replace(arms=arms, seeds=SEED, trials=(), own={})


def tuned(plan: Plan, run: Callable[[Plan, str, Path], None], output: Path, arm: str) -> Plan:
    """The plan with the overrides of the arm's best trial among the arm's own.

    ``run`` runs an arm of a plan to a folder. Of equal trials the first is kept.
    """
    if not plan.trials:
        return plan
    trials, folder = trials_of(plan, arm), output / "trials"
    for trial in trials.arms:
        run(trials, trial, folder)
    judge = next(iter(plan.metrics))
    found = figures_of(trials, folder)
    if lost := [trial for trial in trials.arms if judge not in found.get(trial, {})]:
        raise InputError(f"the trial {lost[0]!r} has no {judge}: name another metric first")
    best = max(trials.arms, key=lambda trial: found[trial][judge].mean)
    return plan._replace(
        arms={**plan.arms, arm: trials.arms[best]},
        chosen={**plan.chosen, arm: best.removeprefix(f"{arm}, ") or "defaults"},
    )
