"""Lines of a file or of the standard input, one at a time."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError

STDIN = "-"
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_lines(path: str | Path, encoding: str) -> Iterator[str]:
    """The lines with their ends; bytes that are not of the encoding come as lone surrogates.

    UTF-8 may begin with a byte order mark. Raises ``InputError`` for an encoding that Python lacks.
    """
    marked = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    how: Any = {"encoding": marked, "errors": "surrogateescape", "newline": ""}
    piped = str(path) == STDIN
    try:
        with nullcontext(sys.stdin.buffer) if piped else Path(path).open("rb") as data:
            lines = io.TextIOWrapper(data, **how)
            try:
                yield from lines
            finally:
                if piped:
                    lines.detach()  # else it would close the standard input
    except LookupError as error:
        raise InputError(
            f"source.encoding must be an encoding that Python knows, got {encoding!r}: "
            "set source.encoding=utf-8"
        ) from error
    except UnicodeError as error:  # UTF-16 and the like can't go on behind a broken character
        raise InputError(
            f"{path} is not {encoding} ({error}): set source.encoding to what it is"
        ) from error


def broken(text: str, encoding: str) -> str:
    """What is wrong with the characters of a text, or "".

    >>> broken("caf\\udce9", "utf-8")
    'byte 0xe9 is not utf-8: set source.encoding to what it is (latin-1, cp1252, utf-16, ...)'
    """
    found = None if text.isascii() else _SURROGATE.search(text)
    if not found:
        return ""
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # as surrogateescape hands on a byte that it can't decode
        return (
            f"byte 0x{code - 0xDC00:02x} is not {encoding}: set source.encoding to what it is "
            "(latin-1, cp1252, utf-16, ...)"
        )
    return f"holds half a character, 0x{code:x}"
