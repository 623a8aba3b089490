"""One line for each mistake that Hydra, OmegaConf, Lightning or the disk report in many."""

import errno
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError

TRACEBACK = "(HYDRA_FULL_ERROR=1 shows the traceback)"
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain(
    error: BaseException, folders: Sequence[Path] = (), composing: bool = False
) -> str | None:
    """The line to print for ``error``, or None where the fault is ours and needs a traceback.

    ``folders`` are searched for the choice that a mistyped key belongs to; ``composing`` says that
    the task had not begun, so that whatever was raised comes from the command or the YAML files.

    >>> explain(InputError("sampler.batch_size must be at least 1, got 0"))
    'sampler.batch_size must be at least 1, got 0'
    >>> explain(ZeroDivisionError("a bug"))
    """
    from hydra.errors import HydraException, InstantiationException
    from omegaconf.errors import OmegaConfBaseException

    chain = list(_causes(error))
    if (line := _input_error(chain)) is not None:
        return line
    if isinstance(error, InstantiationException):
        return _instantiation(error)
    for link in chain:
        if isinstance(link, OmegaConfBaseException):
            return _config_value(link, folders)
    if isinstance(error, HydraException):
        return _composition(error, folders)
    if isinstance(error, OSError) and error.errno in (*UNWRITABLE, *FULL):
        return _disk(error, composing)
    name = type(error).__name__
    if name == "OutOfMemoryError" or isinstance(error, MemoryError):
        return f"out of memory: {_flat(error)} Make sampler.batch_size or the encoder smaller"
    if composing or name == "MisconfigurationException":
        return f"{_flat(error)} {TRACEBACK}"
    return None


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _flat(error: object) -> str:
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _input_error(chain: Sequence[BaseException]) -> str | None:
    """The message of an InputError, also one that a worker process reports inside a traceback."""
    mark = f"{InputError.__module__}.{InputError.__name__}: "
    for link in chain:
        if mark in str(link):
            return str(link).rpartition(mark)[2].splitlines()[0]
        if isinstance(link, InputError):
            return _flat(link)
    return None


def _listing(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names))) or "none"


def _did_you_mean(word: str, names: Iterable[object], prefix: str = "") -> str:
    close = get_close_matches(word, [str(name) for name in names], n=1)
    return f". Did you mean {prefix}{close[0]}?" if close else ""


def _instantiation(error: Exception) -> str:
    where = re.search(r"full_key: (.+)", str(error))
    key = f"{where.group(1).strip()}: " if where else ""
    cause = error.__cause__
    if target := re.search(r"locating target '(.+?)'", str(error)):
        return f"{key}cannot import {target.group(1)!r}: {_flat(cause)} {TRACEBACK}"
    if cause is None:
        return f"{_flat(error)} {TRACEBACK}"
    return f"{key}{type(cause).__name__}: {_flat(cause)} {TRACEBACK}"


def _config_value(error: Any, folders: Sequence[Path]) -> str:
    from omegaconf import errors

    key = error.full_key or error.key
    if isinstance(error, errors.MissingMandatoryValue):
        return f"{key} is required: add {key}=VALUE to the command"
    if isinstance(error, errors.ConfigKeyError | errors.ConfigAttributeError):
        return _unknown_key(error, str(key), folders)
    text = _flat((error.msg or str(error)).partition("full_key:")[0])
    return f"{key}: {text}" if key else text


def _unknown_key(error: Any, full_key: str, folders: Sequence[Path]) -> str:
    parent, _, key = full_key.rpartition(".")
    names = [name for name in error.parent_node or () if name not in ("_target_", "hydra")]
    if not parent:
        names += [name for name in _groups(folders) if name not in names]
        return f"there is no key or group {key!r}; there are: {_listing(names)}" + _did_you_mean(
            key, names
        )
    if not names:
        return f"{parent} has no keys of its own, so {full_key!r} cannot be set: set {parent}=VALUE"
    owners = [choice for choice, keys in _choices(folders, parent) if key in keys]
    if owners:
        mend = f". {key!r} belongs to {' and '.join(f'{parent}={owner}' for owner in owners)}"
    else:
        mend = _did_you_mean(key, names, f"{parent}.")
    return f"{parent} has no key {key!r}; its keys are: {_listing(names)}{mend}"


def _groups(folders: Sequence[Path]) -> set[str]:
    return {path.parent.name for folder in folders for path in folder.glob("*/*.yaml")} - {"hydra"}


def _choices(folders: Sequence[Path], node: str) -> Iterable[tuple[str, Any]]:
    """The choices of the group that fills ``node``, each with its keys."""
    from omegaconf import OmegaConf

    for folder in folders:
        for path in sorted((folder / node.replace(".", "/")).glob("*.yaml")):
            yield path.stem, OmegaConf.load(path)


def _composition(error: Any, folders: Sequence[Path]) -> str:
    from hydra.errors import MissingConfigException, OverrideParseException

    if isinstance(error, OverrideParseException):
        key, equals, value = error.override.partition("=")
        if not equals:
            return f"cannot read {error.override!r}: write KEY=VALUE"
        return f"cannot read {error.override!r}: quote the value, '{key}=\"{value.strip('=')}\"'"
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _no_choice(*error.missing_cfg_file.rpartition("/")[::2], error.options, folders)
    text = _flat(error)
    if several := re.search(r"Ambiguous value for argument '(.+?)=(.*?)'", text):
        key, values = several.groups()
        return f"{key} has several values: add -m to run each, or {key}=[{values}] for a list"
    if there := re.search(r"already at '(.+?)'", text):
        return f"{there.group(1)} is there already: write it without the +"
    return text


def _no_choice(group: str, choice: str, options: Any, folders: Sequence[Path]) -> str:
    if not group:
        names = [path.stem for folder in folders for path in folder.glob("*.yaml")]
        known = f"there is no config {choice!r} for --config-name; there are: {_listing(names)}"
        return known + _did_you_mean(choice, names)
    known = f"{group} has no choice {choice!r}; its choices are: {_listing(options or ())}"
    return known + _did_you_mean(choice, options or (), f"{group}=")


def _disk(error: OSError, composing: bool) -> str:
    where = f"{error.filename}: " if error.filename else ""
    reason = f"{where}{error.strerror}"
    if error.errno in FULL:
        return f"{reason}. Free some space, or write elsewhere: hydra.run.dir=FOLDER"
    if composing:
        return f"cannot make the output folder {reason}. Choose another: hydra.run.dir=FOLDER"
    return f"{reason} {TRACEBACK}"
