"""Lines of a file or of standard input, one at a time."""

import bz2
import codecs
import gzip
import io
import lzma
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError

STDIN = "-"
PACKED: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
"""The function that opens a compressed file, by its suffix."""

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # must come before UTF-16: it begins with that mark
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WRONG = re.compile("[\0\ud800-\udfff]")


def suffix_of(path: str | Path) -> str:
    """The suffix of a file in lower case, without that of its compression.

    >>> suffix_of("news.CSV.gz"), suffix_of("news.csv")
    ('.csv', '.csv')
    """
    path = Path(path)
    if path.suffix.lower() in PACKED:
        path = path.with_suffix("")
    return path.suffix.lower()


def text_lines(path: str | Path, encoding: str) -> Iterator[str]:
    """The lines with their line ends; bytes that the encoding lacks become lone surrogates.

    With ``utf-8`` a byte order mark at the beginning selects the encoding. ``.gz``, ``.bz2`` and
    ``.xz`` files are decompressed. Raises ``InputError`` for a damaged file, and for an encoding
    that Python does not know.
    """
    piped = str(path) == STDIN
    unpack = PACKED.get(Path(path).suffix.lower(), open)
    try:
        with nullcontext(sys.stdin.buffer) if piped else unpack(path, "rb") as data:
            lines = io.TextIOWrapper(
                data, _marked(data, encoding), errors="surrogateescape", newline=""
            )
            try:
                yield from lines
            finally:
                if piped:
                    lines.detach()  # so that standard input stays open
    except LookupError as error:
        raise InputError(
            f"source.encoding must be an encoding that Python knows, got {encoding!r}: "
            "set source.encoding=utf-8"
        ) from error
    except UnicodeError as error:  # UTF-16 and the like can't be read on after a broken character
        raise InputError(
            f"{path} is not {encoding} ({error}): set source.encoding to what it is"
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, OSError) as error:
        raise InputError(f"{path} can't be read ({error}): get it again") from error


def _marked(data: Any, encoding: str) -> str:
    if codecs.lookup(encoding).name != "utf-8":
        return encoding
    start = data.peek(4)[:4] if hasattr(data, "peek") else b""
    return next((found for mark, found in _MARKS.items() if start.startswith(mark)), "utf-8-sig")


def broken(text: str, encoding: str) -> str:
    """What is wrong with the characters of a text, or "".

    >>> broken("caf\\udce9", "utf-8")
    'byte 0xe9 is not utf-8: set source.encoding to what it is (latin-1, cp1252, utf-16, ...)'
    """
    found = _WRONG.search(text)
    if not found:
        return ""
    code = ord(found.group())
    if not code:
        return "holds a NUL: set source.encoding to what it is (utf-16, ...), or take it out"
    if 0xD800 <= code < 0xDC80 or code > 0xDCFF:
        return f"holds half a character, 0x{code:x}"
    # surrogateescape turns a byte that it can't decode into 0xDC00 + the byte
    return (
        f"byte 0x{code & 0xFF:02x} is not {encoding}: set source.encoding to what it is "
        "(latin-1, cp1252, utf-16, ...)"
    )
