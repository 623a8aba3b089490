"""Files that are whole at every moment, also when the machine stops while one is written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | Path) -> Iterator[IO[bytes]]:
    """A file that takes the name of ``path`` when it is whole and on the disk, or not at all.

    Raises OSError that names ``path``, also where the disk is full.

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
    """The text as a file in UTF-8, at once or not at all."""
    with replacing(path) as file:
        file.write(text.encode())


def _keep_name(folder: Path) -> None:
    """The new name has to reach the disk as well; some file systems can't be asked for that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
