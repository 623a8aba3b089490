"""Images by row number: in memory, or decoded on demand."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.files.decoding import MAX_PIXELS, FileOrBytes, decode, fingerprint
from lightning_contrast.rows.content import digest


class Files(Protocol):
    """Image files by row number, such as a list of paths."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> FileOrBytes: ...


class InMemoryImages:
    """Images held as one uint8 tensor ``(N, C, H, W)``.

    >>> images = InMemoryImages(torch.zeros(4, 1, 8, 8, dtype=torch.uint8))
    >>> len(images), images[np.array([0, 2])].shape
    (4, torch.Size([2, 1, 8, 8]))
    """

    def __init__(self, tensor: Tensor) -> None:
        if tensor.dtype != torch.uint8 or tensor.ndim != 4:
            raise InputError(
                f"images must be uint8 (N, C, H, W), got {str(tensor.dtype)[6:]} "
                f"{tuple(tensor.shape)}: convert them first"
            )
        self.tensor = tensor

    def __len__(self) -> int:
        return len(self.tensor)

    def __getitem__(self, index: np.ndarray) -> Tensor:
        rows = torch.from_numpy(np.asarray(index, dtype=np.int64))
        return self.tensor.index_select(0, rows)  # copies whole rows; tensor[rows] copies bytes

    def fingerprints(self) -> np.ndarray:
        """A hash of each image's pixels, uint64 ``(N,)``."""
        return np.array([digest(image.tobytes()) for image in self.tensor.numpy()], dtype=np.uint64)


class ImageFiles:
    """Image files (paths or their bytes), decoded to ``(n, channels, size, size)`` on demand.

    ``prints``: the fingerprints, if they are known from a first decoding of all files.
    ``max_pixels``: limit for the pixels of a file.
    """

    def __init__(
        self,
        files: Files,
        size: int,
        channels: int,
        prints: np.ndarray | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self.files, self.size, self.channels = files, size, channels
        self.prints, self.max_pixels = prints, max_pixels

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: np.ndarray) -> Tensor:
        rows = np.asarray(index, dtype=np.int64).tolist()
        out = torch.empty((len(rows), self.channels, self.size, self.size), dtype=torch.uint8)
        for place, row in enumerate(rows):
            out[place] = decode(self.files[row], self.size, self.channels, self.max_pixels)
        return out

    def fingerprints(self) -> np.ndarray:
        """A hash of each image's content at a small fixed size, uint64 ``(N,)``."""
        if self.prints is None:
            found = (fingerprint(self.files[row], self.max_pixels) for row in range(len(self)))
            self.prints = np.fromiter(found, dtype=np.uint64)
        return self.prints
