"""Describes a part by plain values: a checkpoint of them loads with ``weights_only=True``."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

from lightning_contrast.errors import InputError


def describe(part: Any) -> Any:
    """The plain config of a part, read from the attributes that keep its constructor's arguments.

    Inverse of ``construct.construct``.

    Raises:
        InputError: a part does not keep one of its arguments as an attribute of the same name, is
            defined inside a function, or keeps a value that is not plain.

    >>> from lightning_contrast.losses.supcon import SupCon
    >>> describe(SupCon(temperature=0.2))["temperature"]
    0.2
    """
    if part is None:
        return None
    for kind in (bool, int, float, str):
        if isinstance(part, kind):
            return kind(part)  # also turns a number of NumPy into a plain one
    if isinstance(part, PurePath):
        return str(part)
    if isinstance(part, Mapping):
        return {str(key): describe(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [describe(value) for value in part]
    if isinstance(part, partial):
        arguments = {key: describe(value) for key, value in part.keywords.items()}
        return {"_target_": _path(part.func), "_partial_": True, **arguments}
    if inspect.isfunction(part) or inspect.isclass(part):
        return {"_target_": _path(part), "_partial_": True}
    return {"_target_": _path(_kind(part)), **{n: describe(_kept(part, n)) for n in _names(part)}}


def check_kept(part: Any, given: Mapping[str, Any]) -> None:
    """Raises ``InputError`` unless a part keeps each given argument under its name, unchanged.

    >>> class Oven:
    ...     def __init__(self, heat): self.degrees = heat
    >>> check_kept(Oven(180), {"heat": 180})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Oven must keep its argument 'heat' as self.heat, ...
    """
    for name, value in given.items():
        kept = _kept(part, name)
        if not _same(kept, value):
            raise InputError(
                f"{type(part).__name__} keeps {kept!r} as self.{name}, and was given {value!r}: "
                "keep the argument unchanged, and what is made of it under another name"
            )


def _same(kept: Any, given: Any) -> bool:
    """Whether a part keeps what it was given. Null and the configs of inner parts may change."""
    if given is None or isinstance(given, Mapping):
        return True
    if isinstance(given, list | tuple):
        listed = isinstance(kept, Sequence) and len(kept) == len(given)
        return listed and all(map(_same, kept, given))
    return kept == (type(kept)(given) if isinstance(kept, PurePath) else given)


def _kind(part: Any) -> type:
    """The class of a part; for a sharded part torch makes a subclass, and this is its base."""
    kind = type(part)
    sharded = [base.__name__ for base in kind.__bases__[:1]] == ["FSDPModule"]
    return kind.__bases__[1] if sharded else kind


def _names(part: Any) -> list[str]:
    name = _kind(part).__name__
    try:
        parameters = inspect.signature(_kind(part)).parameters.values()
        written_in_c = type(part).__module__ == "numpy"
    except ValueError:
        written_in_c = True
    if written_in_c:
        raise InputError(
            f"a part keeps a {name}, where a checkpoint holds plain values: keep a number or a list"
        )
    made = next(cls for cls in _kind(part).__mro__ if "__init__" in vars(cls))
    if made.__module__.startswith("torch."):  # nn.Module's signature has *args, but it takes none
        return []
    if rest := [str(p) for p in parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]:
        raise InputError(
            f"{name} takes {rest[0]}, which no checkpoint can describe: name each argument"
        )
    return [p.name for p in parameters]


def _kept(part: Any, name: str) -> Any:
    if not hasattr(part, name):
        raise InputError(
            f"{type(part).__name__} must keep its argument {name!r} as self.{name}, so that a "
            "checkpoint, which is made of plain values, can say how to build it again"
        )
    return getattr(part, name)


def _path(target: Callable) -> str:
    path = f"{target.__module__}.{target.__qualname__}"
    if "<" in path:
        raise InputError(
            f"{path} is defined inside a function, where no checkpoint can find it again: move it "
            "to the top of its file"
        )
    return path
