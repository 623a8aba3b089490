"""The exception for all mistakes of a user, and the function that prints it in a command."""

import re
import sys
from typing import NoReturn

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST = 80  # characters of a name that are shown
INCOMPLETE = 3
"""Exit code if rows were skipped: 0 would hide that from a script, 1 means a crash, and 2 means
that nothing was done."""


class InputError(ValueError):
    """Bad input: one line that names the argument, the rule, the value, and what to set instead.

    The command line prints the line and exits with code 2; from Python it is an ordinary exception.

    >>> raise InputError("sampler.batch_size must be at least 1, got 0: set sampler.batch_size=64")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: sampler.batch_size must be at least 1, got 0: ...
    """


class OtherRun(InputError):
    """The folder belongs to another run: it has another config, or it has not ended."""


class Killed(RuntimeError):
    """The run was killed from outside: the command ends with one line and exit code 1."""


def missing_extra(package: str, extra: str) -> InputError:
    """The error for an optional package that is not installed.

    >>> str(missing_extra("timm", "timm"))
    "package 'timm' is not installed: pip install 'lightning-contrast[timm]'"
    """
    return InputError(
        f"package {package!r} is not installed: pip install 'lightning-contrast[{extra}]'"
    )


def listing(names: list[str], most: int = 8) -> str:
    """The first ``most`` names, separated by commas, and the number of the others; long ones cut.

    >>> listing(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(n if len(n) <= LONGEST else f"{n[:LONGEST]}..." for n in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "") or "nothing"


def on_one_line(text: object) -> str:
    """A text without line breaks and without what moves a terminal's cursor: a file may hold both.

    >>> on_one_line("class 'a\\nb\\x1b[2J'")
    "class 'a\\\\nb\\\\x1b[2J'"
    """
    return CONTROL.sub(lambda sign: sign[0].encode("unicode_escape").decode(), str(text))


def refuse(line: object, code: int = 2) -> NoReturn:
    """Prints ``error: LINE`` on the standard error and ends the process with an exit code.

    >>> refuse("seed must be a whole number")
    Traceback (most recent call last):
    SystemExit: 2
    """
    print(f"error: {on_one_line(line)}", file=sys.stderr)
    raise SystemExit(code)
