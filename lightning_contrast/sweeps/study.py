"""A study of trials in a file, which processes share, and which can be resumed by its name."""

import contextlib
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.sweeps.space import words

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution


def open_study(
    name: str,
    storage: str | Path,
    space: "dict[str, BaseDistribution]",
    metric: str,
    seed: int = 0,
    startup_trials: int = 10,
) -> "Study":
    """The study ``name`` in the file ``storage``, made if there is none; its sampler is TPE.

    The first ``startup_trials`` are drawn at random.

    Raises:
        InputError: Optuna is not installed; the file is no journal of it; or the study exists with
            another search space or another metric: trials of different studies would be mixed.
    """
    optuna = _optuna()
    Path(storage).parent.mkdir(parents=True, exist_ok=True)
    # The seed depends on the number of trials: a resumed study must not draw the same ones again.
    with _no_remarks(), _readable(storage):
        study = optuna.create_study(
            study_name=name, storage=_file(storage), direction="maximize", load_if_exists=True
        )
        number = len(study.get_trials(deepcopy=False))
        study.sampler = optuna.samplers.TPESampler(
            seed=seed + number, n_startup_trials=startup_trials, multivariate=True
        )
    _check(study, "space", words(space), name, storage)
    _check(study, "metric", metric, name, storage)
    return study


def load_trial(name: str, storage: str | Path, number: int, pruner: Any = None) -> Any:
    """Trial ``number`` of a study, in the process that runs it."""
    optuna = _optuna()
    with _no_remarks():
        study = optuna.load_study(study_name=name, storage=_file(storage), pruner=pruner)
    found = {trial.number: trial for trial in study.get_trials(deepcopy=False)}
    return optuna.trial.Trial(study, found[number]._trial_id)


def close_trial(study: "Study", trial: Any, job: Any) -> None:
    """Reports the outcome of a trial's job (Hydra's ``JobReturn``, None if it never ended)."""
    from hydra.core.utils import JobStatus
    from optuna.trial import TrialState

    from lightning_contrast.sweeps.outcome import result

    value = job.return_value if job and job.status == JobStatus.COMPLETED else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        study.tell(trial, state=TrialState.FAIL)
    elif result(Path(job.hydra_cfg.hydra.runtime.output_dir)).get("pruned"):
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, value)


def _check(study: "Study", what: str, value: Any, name: str, storage: str | Path) -> None:
    there = study.user_attrs.get(what)
    if there is None:
        study.set_user_attr(what, value)
    elif there != value:
        raise InputError(
            f"study {name} in {storage} has another {what}: {_shown(there)}, and not "
            f"{_shown(value)}; set study.name=ANOTHER, or give the {what} of the study"
        )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {line}" for key, line in value.items())
    return str(value)


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise missing_extra("optuna", "optuna") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _file(storage: str | Path) -> Any:
    """A journal: one file that processes append to, also on a network disk."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(storage)))


@contextlib.contextmanager
def _readable(storage: str | Path) -> Any:
    """Names a file that holds something else than Optuna writes."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise InputError(
            f"study.storage={storage} can't be read as a journal of Optuna "
            f"({type(error).__name__}): give another file, and the study begins anew"
        ) from error


@contextlib.contextmanager
def _no_remarks() -> Any:
    """Mutes Optuna's warnings that some of its functions are experimental."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*experimental.*")
        yield
