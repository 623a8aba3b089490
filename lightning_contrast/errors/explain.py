"""One line for mistakes of a user that Hydra, Lightning or the disk report in many lines."""

import errno
import re
from collections.abc import Iterable, Sequence

from lightning_contrast.errors import InputError, Killed
from lightning_contrast.errors.config import (
    NO_CONFIGS,
    Configs,
    composition_error,
    null_choice,
    value_error,
)
from lightning_contrast.errors.memory import is_out_of_memory, out_of_memory

TRACEBACK = "(HYDRA_FULL_ERROR=1 shows the traceback)"
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain(
    error: BaseException, configs: Configs = NO_CONFIGS, composing: bool = False
) -> str | None:
    """The line to print for ``error``; None for a defect of this package, which needs a traceback.

    ``configs`` are the YAML files, to list possible keys; ``composing`` means that the task had not
    begun, so the mistake is in the command or in a YAML file.

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
            return value_error(link, configs)
    if isinstance(error, HydraException):
        return composition_error(error, configs)
    if isinstance(error, OSError) and error.errno in (*UNWRITABLE, *FULL):
        return _disk(error, composing)
    if is_out_of_memory(error):
        return out_of_memory(error)
    if composing and (line := null_choice(configs)) is not None:
        return line
    if composing or type(error).__name__ == "MisconfigurationException":
        return f"{_flat(error)} {TRACEBACK}"
    return None


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _flat(error: object) -> str:
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip())


def _input_error(chain: Sequence[BaseException]) -> str | None:
    """The message of an InputError, also of one inside the traceback of a worker process."""
    mark = f"{InputError.__module__}.{InputError.__name__}: "
    for link in chain:
        if mark in str(link):
            return str(link).rpartition(mark)[2].splitlines()[0]
        if isinstance(link, InputError | Killed):
            return _flat(link)
    return None


def _instantiation(error: Exception) -> str:
    where = re.search(r"full_key: (.+)", str(error))
    key = f"{where.group(1).strip()}: " if where else ""
    cause = error.__cause__
    if target := re.search(r"locating target '(.+?)'", str(error)):
        return f"{key}cannot import {target.group(1)!r}: {_flat(cause)} {TRACEBACK}"
    if cause is None:
        return f"{_flat(error)} {TRACEBACK}"
    return f"{key}{type(cause).__name__}: {_flat(cause)} {TRACEBACK}"


def _disk(error: OSError, composing: bool) -> str:
    path = error.filename2 or error.filename  # the second is the file that was written
    where = f"{path}: " if path else ""
    reason = f"{where}{error.strerror}"
    if error.errno in FULL:
        return f"{reason}. Free some space, or write elsewhere: hydra.run.dir=FOLDER"
    if composing:
        return f"cannot make the output folder {reason}. Choose another: hydra.run.dir=FOLDER"
    return f"{reason} {TRACEBACK}"
