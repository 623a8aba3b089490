"""Images by row number: in memory, or decoded when they are asked for."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import digest

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Encoded = str | Path | bytes
"""An image file by its path, or the bytes of one."""


class Files(Protocol):
    """Image files by row number, such as a list of paths."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> Encoded: ...


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
        return self.tensor.index_select(0, rows)  # a row at a time: brackets copy byte by byte

    def fingerprints(self) -> np.ndarray:
        """A hash of each image's pixels, uint64 ``(N,)``."""
        return np.array([digest(image.tobytes()) for image in self.tensor.numpy()], dtype=np.uint64)


class ImageFiles:
    """Image files (paths or their bytes), decoded to ``(n, channels, size, size)`` on demand.

    ``prints``: the fingerprints, where decoding all files at the start has found them.
    """

    def __init__(
        self,
        files: Files,
        size: int,
        channels: int,
        prints: np.ndarray | None = None,
    ) -> None:
        self.files, self.size, self.channels, self.prints = files, size, channels, prints

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: np.ndarray) -> Tensor:
        rows = np.asarray(index, dtype=np.int64).tolist()
        out = torch.empty((len(rows), self.channels, self.size, self.size), dtype=torch.uint8)
        for place, row in enumerate(rows):
            out[place] = decode(self.files[row], self.size, self.channels)
        return out

    def fingerprints(self) -> np.ndarray:
        """A hash of each image's content at a small fixed size, uint64 ``(N,)``."""
        if self.prints is None:
            files = (self.files[row] for row in range(len(self)))
            self.prints = np.array([fingerprint(file) for file in files], dtype=np.uint64)
        return self.prints


def decode(image: "Encoded | Picture", size: int | tuple[int, int], channels: int) -> Tensor:
    """One image as uint8 ``(channels, height, width)``: upright, fitted, the centre cut.

    ``size``: of a square, or height and width. What is transparent becomes white. Raises
    ``InputError`` if Pillow can't decode it.

    >>> from PIL import Image
    >>> decode(Image.new("RGB", (40, 30), "red"), size=8, channels=3)[:, 0, 0].tolist()
    [255, 0, 0]
    """
    if channels not in (1, 3):
        raise InputError(f"channels must be 1 (grey) or 3 (RGB), got {channels}: set it to 1 or 3")
    from PIL import ImageOps

    height, width = (size, size) if isinstance(size, int) else size
    try:
        with _open(image) as opened:
            opened.draft("RGB", (2 * width, 2 * height))  # a JPEG is decoded no larger than needed
            upright = _opaque(ImageOps.exif_transpose(opened)).convert(
                "L" if channels == 1 else "RGB"
            )
    except Exception as error:  # Pillow's decoders raise a dozen kinds
        raise InputError(undecodable(image, error)) from error
    pixels = np.array(ImageOps.fit(upright, (width, height)))
    return torch.from_numpy(pixels.reshape(height, width, channels)).permute(2, 0, 1)


def fingerprint(image: "Encoded | Picture") -> int:
    """A hash of the image's dimensions and of its pixels at 32 x 32; raises what Pillow raises."""
    with _open(image) as opened:
        dimensions = opened.size
        opened.draft("RGB", (64, 64))
        small = _opaque(opened).convert("RGB").resize((32, 32))
    return digest(repr(dimensions).encode() + small.tobytes())


def undecodable(image: "Encoded | Picture", error: Exception) -> str:
    """One line that says which image does not decode, and why.

    >>> undecodable("cat.png", ValueError("bad\\nheader"))
    'cat.png is not an image that Pillow can decode (bad header)'
    """
    name = str(image) if isinstance(image, str | Path) else "an image"
    if isinstance(error, FileNotFoundError):
        return f"{name} is gone: put it back and run again, the run goes on where it stopped"
    reason = " ".join(str(error).split()) or type(error).__name__
    if "cannot identify image file" in reason:  # it shows an object's address
        reason = "unknown format"
    return f"{name} is not an image that Pillow can decode ({reason})"


def image_suffixes() -> set[str]:
    """The endings of the files that Pillow opens, such as `.png`."""
    from PIL import Image

    Image.init()  # else only the commonest formats are known
    return {end for end, kind in Image.registered_extensions().items() if kind in Image.OPEN}


def _open(image: "Encoded | Picture") -> "Picture":
    from PIL import Image

    if isinstance(image, bytes):
        return Image.open(io.BytesIO(image))
    if isinstance(image, str | Path):
        return Image.open(image)
    return image.copy()


def _opaque(image: "Picture") -> "Picture":
    from PIL import Image

    if image.mode.startswith("I;16"):  # 16 bits a pixel: converting would clip at 255
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba)
