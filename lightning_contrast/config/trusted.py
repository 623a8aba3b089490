"""Checks which classes a checkpoint names: choices of this package, or of trusted ones.

A checkpoint can come from anybody, so it is read as data. It may name a class only if the class is
a choice of one of the package's groups, defined in the file of that name, such as
``lightning_contrast.encoders.bag.Bag``, or if it is in a package that the user trusts by name.
Nothing else is imported. Only the constructors of these classes are called, with plain values. So a
checkpoint can't write or run a file, can't call functions that a module of this package merely
imports, and can't read the environment: any ``${...}`` is refused. It can take memory and time. In
``search`` and ``evaluate`` it can name the files, or the public data set, that rows are read from.
With ``encoder.adapter_alone`` it can name a model on this machine, whose weights are read.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

from lightning_contrast.config.construct import TARGET
from lightning_contrast.config.part import Part
from lightning_contrast.errors import InputError

PACKAGE = Path(__file__).resolve().parents[1]
GROUPS = {
    "candidates": "candidates",
    "corruptions": "corruption",
    "decodings": "decoding",
    "distributions": "distribution",
    "encoders": "encoder",
    "generators": "generator",
    "heads": "head",
    "losses": "loss",
    "miners": "miner",
    "mix": "mix",
    "negatives": "negatives",
    "pairings": "pairing",
    "positives": "positives",
    "projectors": "projector",
    "protocols": "protocols",
    "regularisers": "regulariser",
    "samplers": "sampler",
    "sources": "source",
    "units": "unit",
    "views": "view",
}
"""The group of each folder of choices."""
LISTED = {
    "preprocess": (
        "data.tokenizer.Tokenizer",
        "data.image_reader.ImageReader",
        "data.mixed_reader.MixedReader",
        "data.moment_reader.MomentReader",
    ),
    "datamodule": (
        "data.text.TextDataModule",
        "data.image.ImageDataModule",
        "data.mixed.MixedDataModule",
    ),
    "environment": (  # no other: gymnasium imports what an id names
        "environments.grid.Grid",
        "environments.hidden_goals.HiddenGoals",
        "environments.jumping.Jumping",
        "environments.point_rooms.PointRooms",
    ),
}
"""Classes of this package that belong to no group, by the part that they may be."""

DATA = ("datamodule", "sampler", "positives", "negatives", "view", "pairing", "unit")
"""Groups of a run's config that are built to evaluate its network, apart from the source."""
OF_RUN = (*DATA, "source", "distribution")
"""All groups of a run's config that may be built."""

_rebuilding: ContextVar[bool] = ContextVar("rebuilding", default=False)


def check_trusted(group: str, config: Any, trust: tuple[str, ...] = (), beside: Any = None) -> None:
    """Raises ``InputError`` unless a part of a checkpoint, and all parts in it, may be constructed.

    ``trust``: other packages whose classes a checkpoint may name. ``beside``: further values of the
    checkpoint, so that one message names all packages that the user would have to trust.

    >>> check_trusted("head", {"_target_": "os.system", "command": "ls"})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: the checkpoint names 'os.system' as its head, which ...
    """
    if not isinstance(config, Mapping) or TARGET not in config:
        raise InputError(f"the checkpoint holds no {group}, but {config!r}: it is damaged")
    trusted = prefixes(trust)
    first, *inner = _targets(config)
    try:
        _check_class(group, first, trusted)
        for target in inner:
            _check_class(group, target, trusted, inner=True)
    except _ForeignError as error:
        names = {
            str(target).partition(".")[0]
            for target in _targets([config, beside])
            if not str(target).startswith((f"{PACKAGE.name}.", *trusted))
        }
        listed = ",".join(sorted(names))
        raise InputError(
            f"{error}: if you trust it, set trust=[{listed}] on the command line, or pass "
            f"trust=({', '.join(map(repr, sorted(names)))},) to load"
        ) from None


def _targets(value: Any) -> Iterator[Any]:
    """The ``_target_`` names in a value, at any depth, the outermost first."""
    waiting = [value]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, Mapping):
            if TARGET in value:
                yield value[TARGET]
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


class _ForeignError(Exception):
    """A class of another package."""


def prefixes(trust: Any) -> tuple[str, ...]:
    """The prefixes of trusted names; ``trust`` is the name of a package, or a list of names.

    >>> prefixes("mine"), prefixes(["mine.", "yours.parts"])
    (('mine.',), ('mine.', 'yours.parts.'))
    """
    names = [trust] if isinstance(trust, str) else trust
    if isinstance(names, Sequence) and all(isinstance(name, str) for name in names):
        packages = [name.removesuffix(".") for name in names]
        if all(part.isidentifier() for name in packages for part in name.split(".")):
            return tuple(f"{name}." for name in packages)
    raise InputError(f"trust must be a list of names of packages, got {trust!r}: trust=[mine]")


@contextmanager
def rebuilding() -> Iterator[None]:
    """Marks that parts are built from a checkpoint: its weights are loaded, so none are fetched."""
    token = _rebuilding.set(True)
    try:
        yield
    finally:
        _rebuilding.reset(token)


def is_rebuilt() -> bool:
    """Whether parts are being built from a checkpoint."""
    return _rebuilding.get()


def _check_class(group: str, target: Any, trust: tuple[str, ...], inner: bool = False) -> None:
    """Imports only files of a group; a class of a trusted package passes without an import.

    ``inner``: the class is of an inner part, which may be a choice of any group.
    """
    if not isinstance(target, str):
        raise InputError(
            f"the checkpoint names {target!r} as a class: this package did not write it"
        )
    package, *path = target.split(".")
    if package == PACKAGE.name:
        found = _choice(path)
        # Negatives that are made in the training step are a store of candidates.
        allowed = ("negatives", "candidates") if group == "negatives" else (group,)
        if (found and (inner or found in allowed)) or ".".join(path) in LISTED.get(group, ()):
            return
    elif target.startswith(trust):
        return
    line = f"the checkpoint names {target!r} as its {group or 'part'}, which is no choice of "
    raise (InputError if package == PACKAGE.name else _ForeignError)(line + PACKAGE.name)


def _choice(path: list[str]) -> str:
    """The group of the choice at ``folder, file, class``; "" if there is none."""
    if len(path) != 3 or path[0] not in GROUPS or not all(map(str.isidentifier, path)):
        return ""
    folder, file, name = path
    if not (PACKAGE / folder / f"{file}.py").is_file():
        return ""
    module = import_module(f"{PACKAGE.name}.{folder}.{file}")
    found = vars(module).get(name)
    if not (isinstance(found, type) and issubclass(found, Part)):
        return ""
    defined = found.__module__ == module.__name__ and found.__qualname__ == name
    return found.group if defined and found.group == GROUPS[folder] else ""
