"""A part as plain values: what checkpoints keep, so that they load with ``weights_only=True``."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

from lightning_contrast.errors import InputError

PLAIN = (str, int, float, bool, type(None))
TRUSTED = ("lightning_contrast.", "torch.optim.")


def describe(part: Any) -> Any:
    """The plain config of a part, read from the attributes that keep its constructor's arguments.

    Inverse of ``construct.construct``.

    Raises:
        InputError: a part does not keep one of its arguments under the argument's name.

    >>> from lightning_contrast.losses.supcon import SupCon
    >>> describe(SupCon(temperature=0.2))["temperature"]
    0.2
    """
    if isinstance(part, PLAIN):
        return part
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
    return {"_target_": _path(type(part)), **{n: describe(_kept(part, n)) for n in _names(part)}}


def check_trusted(config: Any, trust: tuple[str, ...] = ()) -> None:
    """Refuses a checkpoint's config that would import from a package nobody named.

    >>> check_trusted({"_target_": "os.system"})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: the checkpoint would import 'os.system': ...
    """
    if isinstance(config, Mapping):
        target = str(config.get("_target_", TRUSTED[0]))
        if not target.startswith((*TRUSTED, *trust)):
            prefix = target.split(".")[0] + "."
            raise InputError(
                f"the checkpoint would import {target!r}: if you trust it, pass "
                f"trust=({prefix!r},) to load, or trust=[{prefix}] on the command line"
            )
        for value in config.values():
            check_trusted(value, trust)
    elif isinstance(config, list):
        for value in config:
            check_trusted(value, trust)


def prefixes(trust: Any) -> tuple[str, ...]:
    """What a command says of ``trust``: a package prefix, or a list of them.

    >>> prefixes("mine."), prefixes(["mine.", "yours."])
    (('mine.',), ('mine.', 'yours.'))
    """
    names = [trust] if isinstance(trust, str) else trust
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise InputError(f"trust must be a list of package prefixes, got {trust!r}: trust=[mine.]")
    return tuple(names)


def _names(part: Any) -> list[str]:
    parameters = inspect.signature(type(part)).parameters.values()
    return [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _kept(part: Any, name: str) -> Any:
    if not hasattr(part, name):
        raise InputError(
            f"{type(part).__name__} must keep its argument {name!r} as self.{name}, so that a "
            "checkpoint can describe it"
        )
    return getattr(part, name)


def _path(target: Callable) -> str:
    return f"{target.__module__}.{target.__qualname__}"
