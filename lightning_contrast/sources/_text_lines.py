"""Lines of a file or of the standard input, one at a time."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.sources._table_files import unknown_encoding, with_mark

STDIN = "-"


def text_lines(path: str | Path, encoding: str) -> Iterator[str]:
    """The lines with their ends; bytes that are not of the encoding come as lone surrogates."""
    try:
        with _opened(path, encoding) as lines:
            yield from lines
    except LookupError as error:
        raise unknown_encoding(encoding) from error
    except UnicodeError as error:  # UTF-16 and the like don't go on after a broken sign
        raise InputError(
            f"input {path} is not {encoding} ({error}): set source.encoding to what it is"
        ) from error


@contextmanager
def _opened(path: str | Path, encoding: str) -> Iterator[Any]:
    how: Any = {"encoding": with_mark(encoding), "errors": "surrogateescape", "newline": ""}
    if isinstance(path, Path):
        with path.open(**how) as file:
            yield file
        return
    lines = io.TextIOWrapper(sys.stdin.buffer, **how)
    try:
        yield lines
    finally:
        lines.detach()  # the standard input stays open
