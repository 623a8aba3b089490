"""Makes Optuna's search space from overrides such as ``lr=tag(log,interval(1e-4,1e-1))``."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def search_space(overrides: Iterable[Any]) -> tuple[dict[str, "BaseDistribution"], list[str]]:
    """The distributions to search, by key, and the overrides that are the same in every trial.

    ``interval(a,b)`` is a range of floats, ``int(interval(a,b))`` one of whole numbers;
    ``tag(log,...)`` makes its scale logarithmic. ``a,b,c``, ``choice``, ``range`` and ``glob`` are
    choices. Raises ``InputError`` for an interval that is empty, or not positive on a logarithmic
    scale.
    """
    space: dict[str, BaseDistribution] = {}
    fixed: dict[str, str] = {}
    for override in overrides:
        key = override.get_key_element()
        if override.is_sweep_override():
            space[key] = distribution(key, override)
            fixed.pop(key, None)
        else:
            fixed[key] = f"{key}={override.get_value_element_as_str()}"
            space.pop(key, None)
    return space, list(fixed.values())


def distribution(key: str, override: Any) -> "BaseDistribution":
    """The distribution that Optuna draws the values of an override from."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if not override.is_interval_sweep():
        return CategoricalDistribution(tuple(override.sweep_string_iterator()))
    sweep = override.value()
    low, high, log = sweep.start, sweep.end, "log" in sweep.tags
    whole = isinstance(low, int) and isinstance(high, int)
    try:
        kind = IntDistribution if whole else FloatDistribution
        return kind(low, high, log=log)
    except ValueError as error:
        raise InputError(
            f"{key}=interval({low},{high}) must go from a lower to a higher number, and be above 0 "
            f"if it is tagged log: {error}"
        ) from error


def words(space: dict[str, "BaseDistribution"]) -> dict[str, str]:
    """The space as lines to compare and to show.

    >>> from optuna.distributions import FloatDistribution
    >>> words({"optimizer.lr": FloatDistribution(0.001, 0.1, log=True)})
    {'optimizer.lr': 'log 0.001 to 0.1'}
    """
    return {key: _words(space[key]) for key in sorted(space)}


def _words(drawn: Any) -> str:
    if hasattr(drawn, "choices"):
        return ", ".join(map(str, drawn.choices))
    whole = "int " if type(drawn).__name__ == "IntDistribution" else ""
    return f"{'log ' if drawn.log else ''}{whole}{drawn.low} to {drawn.high}"
