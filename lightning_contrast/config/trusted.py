"""What a checkpoint may hold: plain values, and the names of choices of this package.

A checkpoint can come from anybody, so it is read as data. It may name a class only if the class is
a choice of one of the package's groups, defined in the file that the name says, such as
``lightning_contrast.encoders.bag.Bag``; or if it is below a package that the user trusts by name.
Nothing else is imported, and nothing is called but the constructors of these classes, with plain
values. So a checkpoint cannot write or run a file, cannot reach functions that a module of this
package merely imports, and cannot read the environment: ``${...}`` is refused wherever it stands.
What it can do: take memory and time, and, in ``search`` and ``evaluate``, name the files or the
public data set that the run's rows are read from, as its run did.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any

from lightning_contrast.config.construct import TARGET
from lightning_contrast.config.part import Part
from lightning_contrast.errors import InputError

PLAIN = (str, int, float, bool, type(None))
DEEPEST = 50  # values inside values
PACKAGE = Path(__file__).resolve().parents[1]
GROUPS = {
    "candidates": "candidates",
    "distributions": "distribution",
    "encoders": "encoder",
    "heads": "head",
    "losses": "loss",
    "miners": "miner",
    "mix": "mix",
    "negatives": "negatives",
    "pairings": "pairing",
    "positives": "positives",
    "projectors": "projector",
    "regularisers": "regulariser",
    "samplers": "sampler",
    "sources": "source",
    "units": "unit",
    "views": "view",
}
"""The group whose choices are in a folder."""
LISTED = {
    "preprocess": (
        "data.tokenizer.Tokenizer",
        "data.image_reader.ImageReader",
        "data.mixed_reader.MixedReader",
    ),
    "datamodule": (
        "data.text.TextDataModule",
        "data.image.ImageDataModule",
        "data.mixed.MixedDataModule",
    ),
}
"""Classes of this package that belong to no group, and what they may be named for."""

DATA = ("datamodule", "sampler", "positives", "negatives", "view", "pairing", "unit")
"""What is built of a run's config to examine its network, beside its source."""
OF_RUN = (*DATA, "source", "distribution")
"""All that may be built of a run's config."""

_rebuilding: ContextVar[bool] = ContextVar("rebuilding", default=False)


def check_plain(value: Any, depth: int = 0) -> None:
    """Raises ``InputError`` for what is neither a plain value nor a list or dict of such.

    >>> check_plain({"classes": ["a", "b"], "temperature": 1.5})
    >>> check_plain(["${oc.env:HOME}"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: the checkpoint holds '${oc.env:HOME}', which asks for ...
    """
    if depth > DEEPEST:
        raise InputError(
            f"the checkpoint holds values more than {DEEPEST} deep: it is none of ours"
        )
    if type(value) is dict:
        for key, inner in value.items():
            check_plain(key, depth + 1)
            check_plain(inner, depth + 1)
    elif type(value) is list:
        for inner in value:
            check_plain(inner, depth + 1)
    elif type(value) not in PLAIN:
        raise InputError(
            f"the checkpoint holds a {type(value).__name__} where a plain value belongs: it is "
            "none of ours"
        )
    elif isinstance(value, str) and "${" in value:
        raise InputError(
            f"the checkpoint holds {_short(value)}, which asks for a value from outside: it is "
            "none of ours"
        )


def check_trusted(group: str, config: Any, trust: tuple[str, ...] = (), beside: Any = None) -> None:
    """Raises ``InputError`` unless a part of a checkpoint, and all in it, may be constructed.

    ``trust``: packages beside this one whose classes a checkpoint may name. ``beside``: further
    values of the checkpoint, so that the message names at once all packages that are to be trusted.

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
    """What is named as a class in a value, at any depth, the outermost first."""
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
    """What a command says of ``trust``: the name of a package, or a list of them.

    >>> prefixes("mine"), prefixes(["mine.", "yours.parts"])
    (('mine.',), ('mine.', 'yours.parts.'))
    """
    names = [trust] if isinstance(trust, str) else trust
    if isinstance(names, Sequence) and all(isinstance(name, str) for name in names):
        packages = [name.removesuffix(".") for name in names]
        if all(part.isidentifier() for name in packages for part in name.split(".")):
            return tuple(f"{name}." for name in packages)
    raise InputError(f"trust must be a list of names of packages, got {trust!r}: trust=[mine]")


def sealed(value: Any) -> Any:
    """Values whose texts hold no ``${`` any more: a class of rows may be called so.

    >>> opened(sealed(["cost ${5}"]))
    ['cost ${5}']
    """
    return _rewritten(value, lambda text: re.sub(r"\$(\\*)\{", r"$\1\\{", text))


def opened(value: Any) -> Any:
    """The values that were ``sealed``."""
    return _rewritten(value, lambda text: re.sub(r"\$\\(\\*)\{", r"$\1{", text))


@contextmanager
def rebuilding() -> Iterator[None]:
    """Inside, a part is built from a checkpoint, which has its weights: none are to be fetched."""
    token = _rebuilding.set(True)
    try:
        yield
    finally:
        _rebuilding.reset(token)


def is_rebuilt() -> bool:
    """Whether the part that is being made comes from a checkpoint."""
    return _rebuilding.get()


def _check_class(group: str, target: Any, trust: tuple[str, ...], inner: bool = False) -> None:
    """Imports nothing but a file of a group, or what is below a trusted package.

    ``inner``: a part inside the part of this group, which may be a choice of any.
    """
    if not isinstance(target, str):
        raise InputError(f"the checkpoint names {target!r} as a class: it is none of ours")
    package, *path = target.split(".")
    if package == PACKAGE.name:
        found = _choice(path)
        # Negatives that are made in the loop are a store of candidates.
        allowed = ("negatives", "candidates") if group == "negatives" else (group,)
        if (found and (inner or found in allowed)) or ".".join(path) in LISTED.get(group, ()):
            return
    elif target.startswith(trust):
        return
    line = f"the checkpoint names {target!r} as its {group or 'part'}, which is no choice of "
    raise (InputError if package == PACKAGE.name else _ForeignError)(line + PACKAGE.name)


def _choice(path: list[str]) -> str:
    """The group of the choice that a folder, a file in it and a class lead to; "" if to none."""
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


def _rewritten(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {change(key): _rewritten(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rewritten(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[text.index("${") :][:60])
