"""What a checkpoint holds beside tensors: plain values, with no ``${...}`` that asks for others."""

import re
from collections.abc import Callable
from typing import Any

from lightning_contrast.errors import InputError

PLAIN = (str, int, float, bool, type(None))
DEEPEST = 50  # values inside values


def check_plain(value: Any, depth: int = 0) -> None:
    """Raises ``InputError`` for a value that is not plain, nor a list or dict of plain values.

    >>> check_plain({"classes": ["a", "b"], "temperature": 1.5})
    >>> check_plain(["${oc.env:HOME}"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: the checkpoint holds '${oc.env:HOME}', which asks for ...
    """
    if depth > DEEPEST:
        raise InputError(
            f"the checkpoint holds values more than {DEEPEST} deep: this package did not write it"
        )
    if type(value) is dict:
        for key, inner in value.items():
            if type(key) is not str:
                raise InputError(
                    f"the checkpoint holds {key!r} as a name: this package did not write it"
                )
            check_plain(key, depth + 1)
            check_plain(inner, depth + 1)
    elif type(value) is list:
        for inner in value:
            check_plain(inner, depth + 1)
    elif type(value) not in PLAIN:
        raise InputError(
            f"the checkpoint holds a {type(value).__name__} where a plain value belongs: this "
            "package did not write it"
        )
    elif isinstance(value, str) and "${" in value:
        raise InputError(
            f"the checkpoint holds {_short(value)}, which asks for a value from outside: this "
            "package did not write it"
        )


def sealed(value: Any) -> Any:
    """Values with every ``${`` escaped: the name of a class of rows may contain it.

    >>> opened(sealed(["cost ${5}"]))
    ['cost ${5}']
    """
    return _rewritten(value, lambda text: re.sub(r"\$(\\*)\{", r"$\1\\{", text))


def opened(value: Any) -> Any:
    """Undoes ``sealed``."""
    return _rewritten(value, lambda text: re.sub(r"\$\\(\\*)\{", r"$\1{", text))


def _rewritten(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {change(key): _rewritten(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rewritten(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[text.index("${") :][:60])
