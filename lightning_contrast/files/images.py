"""Images by row number: in memory, or decoded on demand."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.files.decoding import MAX_PIXELS, FileOrBytes, decode, fingerprint
from lightning_contrast.rows.content import digest, image_keys
from lightning_contrast.types import Images

HELD = 1 << 27
"""Bytes of decoded pixels that are held in memory, at most: of images that take more, none are."""


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

    Where all of them take at most ``HELD`` bytes of pixels, each is decoded once in a process.
    ``prints``: the fingerprints, if they are known from a first decoding of all files.
    ``max_pixels``: limit for the pixels of a file. ``whole``: images are squeezed, not cut.
    """

    def __init__(
        self,
        files: Files,
        size: int,
        channels: int,
        prints: np.ndarray | None = None,
        max_pixels: int = MAX_PIXELS,
        whole: bool = False,
    ) -> None:
        self.files, self.size, self.channels = files, size, channels
        self.prints, self.max_pixels, self.whole = prints, max_pixels, whole
        shape = (len(files), channels, size, size)
        few = np.prod(shape, dtype=np.int64) <= HELD
        self._held = torch.empty(shape, dtype=torch.uint8) if few else None
        self._known = np.zeros(len(files), dtype=bool)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: np.ndarray) -> Tensor:
        rows = np.asarray(index, dtype=np.int64)
        if self._held is None:
            return self._decoded(rows)
        new = np.unique(rows[~self._known[rows]])
        self._held[torch.from_numpy(new)] = self._decoded(new)
        self._known[new] = True
        return self._held.index_select(0, torch.from_numpy(rows))

    def _decoded(self, rows: np.ndarray) -> Tensor:
        out = torch.empty((len(rows), self.channels, self.size, self.size), dtype=torch.uint8)
        for place, row in enumerate(rows.tolist()):
            out[place] = decode(
                self.files[row], self.size, self.channels, self.max_pixels, self.whole
            )
        return out

    def fingerprints(self) -> np.ndarray:
        """A hash of each image's content at a small fixed size, uint64 ``(N,)``."""
        if self.prints is None:
            found = (fingerprint(self.files[row], self.max_pixels) for row in range(len(self)))
            self.prints = np.fromiter(found, dtype=np.uint64)
        return self.prints


class JoinedImages:
    """The images of several sources, one after the other.

    Raises ``InputError`` where they differ in channels, height or width.

    >>> one = InMemoryImages(torch.zeros(4, 1, 8, 8, dtype=torch.uint8))
    >>> len(JoinedImages([one, one])), JoinedImages([one, one])[np.array([7, 0])].shape
    (8, torch.Size([2, 1, 8, 8]))
    """

    def __init__(self, parts: Sequence[Images]) -> None:
        self.parts = list(parts)
        self.ends = np.cumsum([len(part) for part in parts])
        shapes = {tuple(part[np.array([0])].shape[1:]): None for part in parts if len(part)}
        if len(shapes) > 1:
            first, second = [" x ".join(map(str, shape)) for shape in [*shapes][:2]]
            raise InputError(
                f"images of one run have one size, got {first} and {second} (channels, height, "
                "width): set size and channels of the sources alike"
            )

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: np.ndarray) -> Tensor:
        rows = np.asarray(index, dtype=np.int64)
        part = np.searchsorted(self.ends, rows, side="right")
        order = np.argsort(part, kind="stable")
        starts = np.append(0, self.ends)
        found = [
            self.parts[number][rows[part == number] - starts[number]] for number in np.unique(part)
        ]
        return torch.cat(found)[torch.from_numpy(np.argsort(order))]

    def fingerprints(self) -> np.ndarray:
        """Those of each source, uint64 ``(N,)``."""
        return np.concatenate([image_keys(part) for part in self.parts])

    @property
    def files(self) -> "JoinedFiles":
        """The file of each image, "" where it has none."""
        return JoinedFiles([getattr(part, "files", [""] * len(part)) for part in self.parts])

    @property
    def max_pixels(self) -> int:
        """The largest limit of a source of files."""
        limits = [part.max_pixels for part in self.parts if hasattr(part, "max_pixels")]
        return max(limits, default=MAX_PIXELS)


class JoinedFiles:
    """Files of several sources by the number of their row.

    >>> JoinedFiles([["a.png"], ["b.png", "c.png"]])[2]
    'c.png'
    """

    def __init__(self, parts: Sequence[Files]) -> None:
        self.parts = parts
        self.ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, row: int) -> FileOrBytes:
        part = int(np.searchsorted(self.ends, row, side="right"))
        return self.parts[part][row - int(self.ends[part]) + len(self.parts[part])]
