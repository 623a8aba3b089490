"""Files that are whole at every moment, also when the machine stops while one is written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning_fabric.utilities.types import _PATH


@contextmanager
def replacing(path: str | Path) -> Iterator[IO[bytes]]:
    """A file that takes the name of ``path`` when it is whole and on the disk, or not at all.

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


def save(values: Any, path: str | Path) -> None:
    """``torch.save``, at once or not at all.

    Raises OSError with ``path`` in it where the disk is full: torch would raise another kind.
    """
    with replacing(path) as file:
        watched: Any = _Watched(file)
        try:
            torch.save(values, watched)
        except RuntimeError:
            if watched.error is None:
                raise
            raise watched.error from None


class AtomicCheckpointIO(TorchCheckpointIO):
    """Lightning's files, each replaced at once: the one before stays until the new one is whole.

    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "a.ckpt"
    >>> AtomicCheckpointIO().save_checkpoint({"step": 1}, path)
    >>> AtomicCheckpointIO().load_checkpoint(path, weights_only=True)
    {'step': 1}
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: _PATH, storage_options: Any = None
    ) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        save(checkpoint, path)


class _Watched:
    """Remembers the error of the file: torch drops its kind on the way through C++."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return self.file.write(data)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self.file.flush()


def _keep_name(folder: Path) -> None:
    """The new name has to reach the disk as well; some file systems can't be asked for that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
