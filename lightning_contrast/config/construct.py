"""Builds a part of a config: imports its class and calls it with plain arguments."""

import inspect
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.description import check_kept
from lightning_contrast.config.part import Part
from lightning_contrast.errors import InputError

TARGET, PARTIAL = "_target_", "_partial_"


def construct(config: Any, place: str = "", **derived: Any) -> Any:
    """Builds the part that a ``{_target_: ..., argument: ...}`` mapping describes.

    Arguments that are such mappings, or hold some, are built first. With ``_partial_: true`` the
    result is the class with its arguments set. ``derived`` are values that only the data gives
    (``vocabulary_size``, ``classes``, ...), or parts built before. A constructor gets those of its
    parameters that the config does not set, and so does the constructor of each inner part.
    ``place``: where the mapping stands in the config of a run, for messages.

    Raises:
        InputError: there is no such class, it does not take an argument, or the part does not keep
            an argument as an attribute of the same name.

    >>> construct({"_target_": "lightning_contrast.projectors.mlp.MLPProjector"}, in_features=4,
    ...           classes=3).in_features
    4
    """
    if config is None:
        return None
    target, later = locate(config), config.get(PARTIAL, False)
    given = {name: value for name, value in config.items() if name not in (TARGET, PARTIAL)}
    name = getattr(target, "__name__", str(target))
    if unknown := [key for key in given if key.startswith("_")]:
        raise InputError(f"{name}: {unknown[0]} means nothing here, leave it out")
    try:
        known = inspect.signature(target).parameters
    except ValueError:  # written in C
        known = None
    if known is not None:
        given = {k: v for k, v in derived.items() if k in known and k not in given} | given
        check_arguments(target, given, partial=later, key=place)
    given = {
        key: _built(value, derived, place and f"{place}.{key}") for key, value in given.items()
    }
    if later:
        return partial(target, **given)
    try:
        part = target(**given)
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}: {error}") from error
    if isinstance(part, Part):  # raised now, rather than when a checkpoint is saved
        check_kept(part, {key: value for key, value in given.items() if key in config})
    return part


def locate(config: Any, group: str = "") -> Any:
    """The class or function that ``_target_`` names; raises ``InputError`` if there is none.

    >>> locate({"_target_": "builtins.dict"})
    <class 'dict'>
    """
    if not isinstance(config, Mapping) or TARGET not in config:
        raise InputError(
            f"{group or 'a part'} must be a choice of its group with a _target_, got {config!r}"
        )
    module, _, name = str(config[TARGET]).rpartition(".")
    try:
        return getattr(import_module(module), name)
    except Exception as error:  # whatever the user's own module raises when it is imported
        if isinstance(error, InputError):
            raise
        raise InputError(f"cannot import {config[TARGET]!r}: {error}") from error


def later(config: Mapping[str, Any]) -> Any:
    """A part that the data module completes: its class with the arguments of the config set.

    >>> later({"_target_": "builtins.dict", "a": 1})(b=2)
    {'a': 1, 'b': 2}
    """
    return construct({**config, PARTIAL: True})


def _built(value: Any, derived: Mapping[str, Any], place: str) -> Any:
    """An argument in which all parts, at any depth, are built."""
    if isinstance(value, Mapping):
        if TARGET in value:
            return construct(value, place, **derived)
        return {k: _built(each, derived, place and f"{place}.{k}") for k, each in value.items()}
    if isinstance(value, list):
        return [_built(each, derived, "") for each in value]
    return value
