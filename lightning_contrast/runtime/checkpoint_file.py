"""Atomic writes of checkpoints; and how much a file claims to hold."""

import zipfile
from pathlib import Path
from typing import IO, Any

import torch

from lightning_contrast.errors import InputError
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


def check_size(path: Path) -> None:
    """Raises ``InputError`` for an archive that claims to hold more bytes than the file has.

    ``torch.save`` packs nothing, so such a file was made to fill the memory.
    """
    if not zipfile.is_zipfile(path):  # torch refuses it, or reads it as it stands
        return
    with zipfile.ZipFile(path) as archive:
        claimed = sum(member.file_size for member in archive.infolist())
    if claimed > (size := path.stat().st_size):
        raise InputError(
            f"{path} has {size:,} bytes and claims to hold {claimed:,}: torch.save did not write "
            "it; take another checkpoint"
        )


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
