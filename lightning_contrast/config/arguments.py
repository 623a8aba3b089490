"""Checks arguments against a constructor's signature before the call, to name the wrong one."""

import inspect
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from lightning_contrast.config.ranges import Range
from lightning_contrast.errors import InputError

REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def check_arguments(
    target: Callable[..., Any], arguments: Mapping[str, Any], partial: bool = False, key: str = ""
) -> None:
    """Raises ``InputError`` for an unknown, missing or ill-typed argument of ``target``.

    Plain types are compared (finite numbers and their ranges, texts, booleans, None, literals,
    sequences and mappings of them), all others are let through. ``partial``: the rest of the
    arguments comes later. ``key``: where the arguments stand in the config of a run.

    >>> check_arguments(lambda temperature=0.1: 0, {"temprature": 1})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: <lambda> has no argument 'temprature'; it has: temperature
    """
    parameters = inspect.signature(target).parameters
    name = getattr(target, "__name__", str(target))
    hints = _hints(target)
    if any(p.kind in REST for p in parameters.values()):
        unknown = []
    else:
        unknown = [argument for argument in arguments if argument not in parameters]
    if unknown:
        end, them = ("s", "them") if len(unknown) > 1 else ("", "it")
        words = " ".join(f"~{key}.{argument}" for argument in unknown)
        mend = f"; leave {them} out: {words}" if key else ""
        raise InputError(
            f"{name} has no argument{end} {', '.join(map(repr, unknown))}; it has: "
            f"{', '.join(sorted(parameters)) or 'none'}{mend}"
        )
    for argument, parameter in parameters.items():
        if argument in arguments:
            hint = hints.get(argument, Any)
            _check(target, argument, arguments[argument], hint, parameter, key)
        elif not partial and parameter.default is parameter.empty and parameter.kind not in REST:
            raise InputError(
                f"{name} needs {argument!r}, which neither the config nor the data has"
            )


def checked(init: Callable[..., None]) -> Callable[..., None]:
    """Makes a constructor raise ``InputError`` for an argument that its annotation does not allow.

    The message says what to set: the argument's name with the class's ``_key`` (``"schedule."``)
    before it.

    >>> from lightning_contrast.config.ranges import Positive
    >>> class Oven:
    ...     @checked
    ...     def __init__(self, heat: Positive = 200.0): ...
    >>> Oven(heat=-1)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Oven: heat must be a number greater than 0, got -1: ...
    """
    signature = inspect.signature(init)

    @wraps(init)
    def checking(self: Any, *arguments: Any, **keywords: Any) -> None:
        try:
            given = signature.bind(self, *arguments, **keywords).arguments
        except TypeError:  # the constructor itself raises it, with a better message
            given = {}
        hints = _hints(init) if given else {}
        for name, value in given.items():
            _check(type(self), name, value, hints.get(name, Any), signature.parameters[name])
        init(self, *arguments, **keywords)

    return checking


def _check(
    target: Any,
    argument: str,
    value: Any,
    hint: Any,
    parameter: inspect.Parameter,
    place: str = "",
) -> None:
    if not _fits(value, hint):
        plain = isinstance(parameter.default, str | bool | int | float | list | tuple | None)
        elsewhere = getattr(target, "_elsewhere", {})  # arguments with a key of their own
        before = f"{place}." if place else getattr(target, "_key", "")
        key = elsewhere.get(argument, before + argument)
        mend = f": set {key}={_yaml(parameter.default)}" if plain else ""
        name = getattr(target, "__name__", str(target))
        raise InputError(f"{name}: {argument} must be {_words(hint)}, got {value!r}{mend}")


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    called = target.__init__ if inspect.isclass(target) else target
    try:
        return get_type_hints(called, include_extras=True)
    except (NameError, TypeError, AttributeError):  # names that only a type checker sees
        written = getattr(called, "__annotations__", {})
        return {name: hint for name, hint in written.items() if not isinstance(hint, str)}


def _fits(value: Any, hint: Any) -> bool:
    origin, options = get_origin(hint), get_args(hint)
    if origin is Annotated:
        ranges = [option for option in options if isinstance(option, Range)]
        return _fits(value, options[0]) and all(each.holds(value) for each in ranges)
    if origin in (Union, UnionType):
        return any(_fits(value, option) for option in options)
    if origin is Literal:
        return value in options
    if hint in (int, float):
        number = isinstance(value, Integral if hint is int else Real)
        return number and not isinstance(value, bool) and math.isfinite(value)
    if hint in (bool, str, NoneType):
        return isinstance(value, hint)
    if origin in (list, tuple, Sequence):
        inner = [option for option in options if option is not ...]
        listed = isinstance(value, Sequence) and not isinstance(value, str)
        return listed and all(any(_fits(each, option) for option in inner) for each in value)
    if origin is Mapping and isinstance(value, Mapping):
        return all(_fits(each, options[1]) for each in value.values())
    if getattr(hint, "__name__", "") != "Tensor":
        return True
    # Optimizers take tensors as well as numbers, but neither texts nor null.
    return _fits(value, float) if isinstance(value, Real) else not isinstance(value, str | NoneType)


def _words(hint: Any) -> str:
    """
    >>> _words(float | None), _words(Literal["in", "out"]), _words(Sequence[float])
    ('a number or null', "'in' or 'out'", 'a list, each a number')
    """
    if get_origin(hint) is Annotated:
        kind, *more = get_args(hint)
        number = "a number" if kind is float else "a whole number"
        return " ".join([number, *(str(each) for each in more if isinstance(each, Range))])
    if get_origin(hint) is Mapping:
        each = get_args(hint)[1]
        return "a mapping" + ("" if each is Any else f", each value {_words(each)}")
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_words(option) for option in get_args(hint))
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, get_args(hint)))
    if get_origin(hint) in (list, tuple, Sequence):
        each = get_args(hint)[0]
        return "a list" + (f", each {_words(each)}" if each in names or get_origin(each) else "")
    return names.get(hint, "null" if hint is NoneType else getattr(hint, "__name__", str(hint)))


def _yaml(value: Any) -> str:
    """
    >>> _yaml(None), _yaml(True), _yaml(0.1), _yaml("out")
    ('null', 'true', '0.1', 'out')
    """
    return value if isinstance(value, str) else json.dumps(value)
