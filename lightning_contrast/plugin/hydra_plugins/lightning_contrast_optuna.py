"""The sweeper of ``sweep=optuna``.

Hydra imports every file of this folder at each start, so Optuna is imported in functions only.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig, OmegaConf


class OptunaSweeper(Sweeper):
    """Runs the trials of a study: TPE proposes values, and the launcher runs a job with them.

    The study is in a file and has a name. The same command resumes it, until it has ``trials``
    trials in all (finished, pruned or failed).

    Args:
        study: name of the study.
        storage: file of the study.
        metric: metric that a run returns; it is maximised.
        trials: number of trials in all.
        parallel: number of trials that are proposed, and given to the launcher, at a time.
        startup_trials: number of first trials that are drawn at random.
        seed: seed of the proposals.
        params: the default search space, ``{key: sweep in Hydra's grammar}``. Keys that the run
            does not have are not searched, and are named. Sweeps on the command line are added, or
            replace those of the same key.
    """

    config: Any
    hydra_context: Any
    launcher: Any

    def __init__(
        self,
        study: str,
        storage: str,
        metric: str,
        trials: int,
        parallel: int,
        startup_trials: int,
        seed: int,
        params: Mapping[str, str],
    ) -> None:
        self.study, self.storage, self.metric = study, storage, metric
        self.trials, self.parallel = trials, parallel
        self.startup_trials, self.seed, self.params = startup_trials, seed, params

    def setup(self, *, hydra_context: Any, task_function: Any, config: DictConfig) -> None:
        self.config, self.hydra_context = config, hydra_context
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        from lightning_contrast.config.values import check_count
        from lightning_contrast.sweeps.space import search_space, words
        from lightning_contrast.sweeps.study import open_study

        check_count("study.trials", self.trials)
        check_count("study.parallel", self.parallel)
        own = {key for key in self.params if OmegaConf.select(self.config, key) is not None}
        default = [f"{key}={sweep}" for key, sweep in self.params.items() if key in own]
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        space, fixed = search_space(parser.parse_overrides([*default, *arguments]))
        study = open_study(
            self.study, self.storage, space, self.metric, self.seed, self.startup_trials
        )
        OmegaConf.save(self.config, Path(self.config.hydra.sweep.dir) / "multirun.yaml")
        for key, line in words(space).items():
            print(f"{key}: {line}")
        if left_out := sorted(set(self.params) - own):
            print(f"not in this run, so not searched: {', '.join(left_out)}")
        while (left := self.trials - _ended(study)) > 0:
            self._run(study, [study.ask(space) for _ in range(min(left, self.parallel))], fixed)
        _tell_best(study, self.study, self.metric)

    def _run(self, study: Any, trials: Sequence[Any], fixed: Sequence[str]) -> None:
        jobs = [
            [*fixed, *(f"{k}={v}" for k, v in trial.params.items()), f"study.trial={trial.number}"]
            for trial in trials
        ]
        ended = []
        try:
            ended = list(self.launcher.launch(jobs, initial_job_idx=trials[0].number))
        finally:  # an interrupt must leave no trial open
            from lightning_contrast.sweeps.study import close_trial

            for place, trial in enumerate(trials):
                close_trial(study, trial, ended[place] if place < len(ended) else None)


def _ended(study: Any) -> int:
    return sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))


def _tell_best(study: Any, name: str, metric: str) -> None:
    from optuna.trial import TrialState

    states = [trial.state for trial in study.get_trials(deepcopy=False)]
    done = states.count(TrialState.COMPLETE)
    pruned, failed = states.count(TrialState.PRUNED), states.count(TrialState.FAIL)
    print(f"study {name}: {done} trials finished, {pruned} pruned, {failed} failed")
    if done:
        best = study.best_trial
        print(f"best is trial {best.number}, {metric} {best.value:.4f}:")
        for key, value in best.params.items():
            print(f"  {key}={value}")
