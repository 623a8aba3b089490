"""Spaces of gymnasium as this package takes them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lightning_contrast.environments.environment import Space
from lightning_contrast.errors import InputError, missing_extra


def made(id: str, arguments: Mapping[str, Any]) -> Any:
    """A copy of an environment that can be drawn; raises ``InputError`` if it can't be made."""
    try:
        import gymnasium
    except ImportError as error:
        raise missing_extra("gymnasium", "agents") from error
    from lightning_contrast.environments._registered import register

    register()
    try:
        return gymnasium.make(id, **{"render_mode": "rgb_array", **arguments})
    except (gymnasium.error.Error, ModuleNotFoundError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"gymnasium can't make environment.id={id} ({reason}): set an id that it has, such as "
            "environment.id=FrozenLake-v1"
        ) from error


def space_of(space: Any, id: str) -> Space:
    """A space of observations or goals; raises ``InputError`` for one that is not served."""
    kind = type(space).__name__
    if kind == "Discrete":
        return Space(int(space.n), numbered=True)
    if kind == "Box":
        return Space(int(np.prod(space.shape)), numbered=False)
    if kind == "Dict" and space.spaces:
        return Space(_flatdim(space), numbered=False)
    raise InputError(
        f"environment {id} has {kind} observations, and Box, Discrete, and a Dict of them are "
        "served: take another environment"
    )


def _flatdim(space: Any) -> int:
    from gymnasium.spaces.utils import flatdim

    return int(flatdim(space))


def readable(space: Any) -> Any:
    """The parts of a Dict that are Box or Discrete: texts are left out; another space as it is."""
    if type(space).__name__ != "Dict":
        return space
    kinds = ("Box", "Discrete")
    parts = {key: part for key, part in space.spaces.items() if type(part).__name__ in kinds}
    return type(space)(parts)


def actions_of(space: Any, id: str) -> list[str]:
    """The names of the actions, or of their numbers; raises ``InputError`` unless they are Discrete
    or a Box of floats with bounds."""
    kind = type(space).__name__
    if kind == "Discrete":
        return [str(number) for number in range(int(space.start), int(space.start + space.n))]
    if kind == "Box" and _bounded(space):
        return [str(number) for number in range(int(np.prod(space.shape)))]
    raise InputError(
        f"environment {id} has {kind} actions, and Discrete ones and a Box of floats with bounds "
        "are served: take another environment"
    )


def _bounded(space: Any) -> bool:
    """Whether a Box is of floats, and its width is a number of its type."""
    if not np.issubdtype(space.dtype, np.floating):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(space.high - space.low).all())


def taken(space: Any, action: np.ndarray) -> Any:
    """An action as the space has it, of its number, or of numbers from -1 to 1."""
    if type(space).__name__ == "Discrete":
        return int(space.start) + int(action)
    share = (action.reshape(space.shape).clip(-1, 1) + 1) / 2
    return (space.low + share * (space.high - space.low)).astype(space.dtype)


def flat(space: Any, shown: Sequence[Any]) -> np.ndarray:
    """What several copies show, numbers ``(n,)`` from 0 on, or vectors ``(n, size)``: of a Dict its
    parts, one behind another, numbers as one-hot vectors."""
    kind = type(space).__name__
    if kind == "Discrete":
        return np.array(shown, dtype=np.int64) - int(space.start)
    if kind == "Dict":
        from gymnasium.spaces.utils import flatten

        parts = ({key: each[key] for key in space.spaces} for each in shown)
        return np.stack([flatten(space, each) for each in parts]).astype(np.float32)
    return np.stack([np.asarray(each, dtype=np.float32).ravel() for each in shown])
