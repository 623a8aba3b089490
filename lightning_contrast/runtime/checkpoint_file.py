"""Checkpoint files that are whole at every moment."""

from pathlib import Path
from typing import IO, Any

import torch
from lightning_fabric.plugins.io.torch_io import TorchCheckpointIO

from lightning_contrast.runtime.atomic import replacing


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
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
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
