"""Atomic writes of checkpoints."""

from pathlib import Path
from typing import IO, Any

import torch

from lightning_contrast.runtime.atomic import replacing


def save(values: Any, path: str | Path) -> None:
    """``torch.save``, atomically.

    Raises an OSError that names ``path`` when the disk is full; torch raises a RuntimeError.
    """
    with replacing(path) as file:
        watched: Any = _Watched(file)
        try:
            torch.save(values, watched)
        except RuntimeError:
            if watched.error is None:
                raise
            raise watched.error from None


class _Watched:
    """Remembers the OSError of the file: torch turns it into a RuntimeError in C++."""

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
