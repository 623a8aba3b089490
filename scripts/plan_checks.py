"""Tells mistakes in the ``arms.yaml`` of an experiment in one line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError


def check_plan(path: Path, values: Any, known: Sequence[str]) -> None:
    """Raises ``InputError`` unless ``values`` is what an ``arms.yaml`` says, by keys of ``known``.

    >>> check_plan(Path("arms.yaml"), {"arm": {}}, ["config", "arms", "metrics"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: arms.yaml: there is no key 'arm'; there are: config, ...
    """
    if not isinstance(values, Mapping):
        raise InputError(f"{path} must hold keys: {', '.join(known)}")
    for key in values:
        if key not in known:
            raise InputError(f"{path}: there is no key {key!r}; there are: {', '.join(known)}")
    for key in ("config", "arms", "metrics"):
        if not values.get(key):
            raise InputError(f"{path} lacks {key}")
    for key in ("arms", "own"):
        if not _words(values.get(key, {}), Mapping):
            raise InputError(f"{path}: {key} must hold by name a list of overrides, as [loss=nca]")
    if not _words(values.get("trials", []), list):
        raise InputError(f"{path}: trials must be lists of overrides, as [[loss=nca], []]")
    if wrong := sorted(values.get("own", {}).keys() - values["arms"].keys()):
        raise InputError(f"{path}: own names {wrong[0]!r}, which is no arm: {[*values['arms']]}")
    if not isinstance(values["metrics"], Mapping):
        raise InputError(f"{path}: metrics must hold by name a heading, as test/accuracy: test")
    if values.get("trials") and not next(iter(values["metrics"])).startswith("validation/"):
        raise InputError(
            f"{path}: trials are compared by the first of the metrics, which must be one of "
            "validation rows, as validation/accuracy"
        )
    if (figure := values.get("figure")) not in (None, *values["metrics"]):
        raise InputError(f"{path}: figure {figure!r} is none of the metrics")


def _words(value: Any, kind: type) -> bool:
    """Whether a value is a ``kind`` of lists of texts."""
    lists = value.values() if isinstance(value, Mapping) else value
    return isinstance(value, kind) and all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in lists
    )
