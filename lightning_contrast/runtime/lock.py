"""Locks on a directory: for one run at a time, or for one process after another."""

import errno
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from lightning_contrast.errors import OtherRun

NAME = ".lock"
WITHOUT = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # errors of a file system without locks


@contextmanager
def holding(directory: Path) -> Iterator[int | None]:
    """Makes ``directory`` and locks it for this run; gives the lock's file descriptor.

    The system releases the lock when the process ends, however it ends. A process that inherits the
    descriptor holds the lock too. On a file system without locks it warns and gives None.

    Raises:
        OtherRun: another run holds it; the line says which.

    >>> from tempfile import mkdtemp
    >>> with holding(Path(mkdtemp())) as descriptor:
    ...     descriptor is None
    False
    """
    from filelock import FileLock, Timeout

    directory.mkdir(parents=True, exist_ok=True)
    descriptors: list[int] = []

    def sign(descriptor: int) -> None:
        descriptors.append(descriptor)
        began = datetime.now().astimezone().isoformat(" ", "seconds")
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}, {began}".encode())

    lock = FileLock(directory / NAME, blocking=False, on_acquired=sign)
    try:
        lock.acquire()
    except Timeout:
        holder = (directory / NAME).read_text(encoding="utf-8") or "another process"
        raise OtherRun(
            f"{directory} is in use by a run that has not ended ({holder}): wait for it, or choose "
            "another folder, hydra.run.dir=FOLDER"
        ) from None
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
        warnings.warn(f"{directory} can't be locked: start no other run in it", stacklevel=3)
        yield None
        return
    try:
        yield descriptors[0]
    finally:
        lock.release()


@contextmanager
def in_turn(directory: Path) -> Iterator[None]:
    """Makes ``directory`` and locks it for this process; other processes wait for the lock.

    On a file system without locks nobody waits.

    >>> from tempfile import mkdtemp
    >>> with in_turn(Path(mkdtemp()) / "new"):
    ...     pass
    """
    from filelock import FileLock

    directory.mkdir(parents=True, exist_ok=True)
    lock = FileLock(directory / NAME)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
    try:
        yield
    finally:
        lock.release()
