"""Atomic writes: a file is never seen half written, even if the machine stops meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | Path) -> Iterator[IO[bytes]]:
    """Opens a temporary file, and renames it to ``path`` once it is complete and on the disk.

    After an error ``path`` is as it was. An OSError names ``path``, also when the disk is full.

    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "a.bin"
    >>> with replacing(path) as file:
    ...     _ = file.write(b"whole")
    >>> path.read_bytes()
    b'whole'
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _keep_name(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError) and error.filename is None:  # a full disk names no file
            error.filename = str(path)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Writes the text in UTF-8, atomically."""
    with replacing(path) as file:
        file.write(text.encode())


def _keep_name(folder: Path) -> None:
    """Flushes the new name to the disk too; some file systems do not support that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
