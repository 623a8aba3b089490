"""The format of dictd: a text that gzip reads, and an index of headwords with the place of each
entry, as numbers to the base 64."""

import gzip
import string
from collections.abc import Iterator
from pathlib import Path

DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def entries(stem: Path) -> Iterator[str]:
    """The entries of a dictionary, each once, in their order."""
    text = gzip.decompress(stem.with_suffix(".dict.dz").read_bytes())
    lines = stem.with_suffix(".index").read_text(encoding="utf-8").splitlines()
    listed = [line.split("\t")[1:3] for line in lines if not line.startswith("00")]
    for begin, length in sorted({(number(begin), number(length)) for begin, length in listed}):
        yield text[begin : begin + length].decode("utf-8")


def number(digits: str) -> int:
    """
    >>> number("BA")
    64
    """
    value = 0
    for digit in digits:
        value = value * 64 + DIGITS.index(digit)
    return value
