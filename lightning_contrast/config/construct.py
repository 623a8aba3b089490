"""One part of a config made: the only door between plain classes and Hydra."""

import inspect
import logging
from collections.abc import Mapping
from typing import Any

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.description import check_kept
from lightning_contrast.config.part import Part
from lightning_contrast.errors import InputError

HYDRA = ("_target_", "_partial_", "_recursive_", "_convert_", "_args_")


def construct(config: Any, **derived: Any) -> Any:
    """Builds the part that a ``{_target_: ..., argument: ...}`` mapping describes.

    ``derived`` are values that only the data knows (``vocabulary_size``, ``classes``, ...), or
    parts built before: the constructor gets those it asks for and the config does not set.

    >>> construct({"_target_": "lightning_contrast.projectors.mlp.MLPProjector"}, in_features=4,
    ...           classes=3).in_features
    4

    Raises:
        InputError: an argument that does not fit, or a part that does not keep one under its name.
    """
    from hydra.utils import instantiate

    if config is None:
        return None
    target = locate(config)
    settings = {name: value for name, value in config.items() if name not in HYDRA}
    try:
        names = inspect.signature(target).parameters
    except ValueError:  # written in C
        return instantiate(config, _convert_="all")
    asked = {k: v for k, v in derived.items() if k in names and k not in config}
    check_arguments(target, settings | asked, partial=config.get("_partial_", False))
    part = _made(config, asked, target)
    if isinstance(part, Part):  # told now, and not when a checkpoint is to describe it
        check_kept(part, settings)
    return part


def _made(config: Any, asked: Mapping[str, Any], target: Any) -> Any:
    from hydra.utils import instantiate

    if not asked:
        return instantiate(config, _convert_="all")
    try:
        return instantiate(config, _convert_="all", _partial_=True)(**asked)
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{target.__name__}: {error}") from error


def locate(config: Any, group: str = "") -> Any:
    """What the ``_target_`` of a config names; raises ``InputError`` if there is no such thing.

    >>> locate({"_target_": "builtins.dict"})
    <class 'dict'>
    """
    from hydra.utils import get_object

    if not isinstance(config, Mapping) or "_target_" not in config:
        raise InputError(
            f"{group or 'a part'} must be a choice of its group with a _target_, got {config!r}"
        )
    logging.getLogger("hydra.utils").disabled = True  # it logs what is raised here, in three lines
    try:
        return get_object(config["_target_"])
    except Exception as error:  # whatever the user's own module raises when it is imported
        if isinstance(error, InputError):
            raise
        reason = error.__cause__ or error
        raise InputError(f"cannot import {config['_target_']!r}: {reason}") from error


def later(config: Mapping[str, Any]) -> Any:
    """A part that the data module completes: its class, with the config's arguments set.

    >>> later({"_target_": "builtins.dict", "a": 1})(b=2)
    {'a': 1, 'b': 2}
    """
    return construct({**config, "_partial_": True})
