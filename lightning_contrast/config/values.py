"""Checks values of a run's config before anything is loaded or trained."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lightning_contrast.config.ranges import LARGEST_SEED
from lightning_contrast.errors import InputError

RUN = {
    "seed": (int, "a whole number"),
    "quiet": (bool, "true or false"),
    "baselines": (bool, "true or false"),
    "compile_encoder": (bool, "true or false"),
    "rerun_failed": (bool, "true or false"),
}


def flat(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The single values of a config, by dotted key.

    >>> dict(flat({"seed": 0, "loss": {"temperature": 0.1}}))
    {'seed': 0, 'loss.temperature': 0.1}
    """
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def check_run(config: Mapping[str, Any]) -> None:
    """Raises ``InputError`` for a value outside of the groups, such as ``seed``, of another type.

    >>> check_run({"seed": "abc"})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: seed must be a whole number, got 'abc': set seed=0
    """
    for key, (kind, words) in RUN.items():
        if type(config.get(key, kind())) is not kind:
            mend = "0" if kind is int else "false"
            raise InputError(f"{key} must be {words}, got {config[key]!r}: set {key}={mend}")
    epochs = config.get("trainer", {}).get("max_epochs")
    if isinstance(epochs, int) and epochs < -1:
        raise InputError(
            f"trainer.max_epochs must be null, a number from 0 up, or -1 for no end, got {epochs}: "
            "set trainer.max_epochs=null"
        )
    if not 0 <= config["seed"] <= LARGEST_SEED:
        raise InputError(f"seed must be from 0 to {LARGEST_SEED}, got {config['seed']}: set seed=0")


def check_choices(overrides: Iterable[str], config: Mapping[str, Any]) -> None:
    """Raises ``InputError`` for a list of choices if the group takes one: Hydra would merge them.

    >>> check_choices(["loss=[nca,circle]"], {"loss": {"_target_": "..."}})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: loss takes one choice, got [nca,circle]: set loss=nca
    """
    for override in overrides:
        group, _, chosen = override.partition("=")
        part = config.get(group)
        if chosen.startswith("[") and isinstance(part, Mapping) and "_target_" in part:
            first = chosen.strip("[]").split(",")[0].strip()
            chain = " (view=eda is a chain of views)" if group == "view" else ""
            raise InputError(f"{group} takes one choice, got {chosen}: set {group}={first}{chain}")


def check_count(key: str, value: Any) -> None:
    """Raises ``InputError`` unless the value is a whole number from 1 up.

    >>> check_count("study.trials", 0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: study.trials must be a whole number from 1 up, got 0...
    """
    if type(value) is not int or value < 1:
        raise InputError(f"{key} must be a whole number from 1 up, got {value!r}: set {key}=1")


def check_metric(metric: Any, logged: Iterable[str]) -> None:
    """Raises ``InputError`` for a metric that validation does not log, before training starts.

    >>> check_metric("validation/acuracy", ["validation/accuracy"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: metric must be one of validation/accuracy, got...
    """
    if metric not in (known := sorted(logged)):
        raise InputError(
            f"metric must be one of {', '.join(known)}, got {metric!r}: set metric={known[0]}"
        )


def check_optimizer(optimizer: Callable[..., Any]) -> None:
    """Raises ``InputError`` for arguments that the optimizer refuses, before data is read."""
    import torch

    try:
        optimizer([torch.nn.Parameter(torch.zeros(1))])
    except (TypeError, ValueError) as error:
        raise InputError(f"optimizer: {error}; change or leave out the argument") from error
