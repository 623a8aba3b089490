"""Opens one image within limits, and decodes it as a viewer shows it."""

import io
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.files.depth import as_bytes
from lightning_contrast.rows.content import digest

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

MAX_PIXELS = 64_000_000
"""Default limit for the pixels of an image: 192 MB in colour."""
PILLOWS_LIMIT = 178_956_970
"""Pillow's own limit: it opens no image with more pixels."""

FileOrBytes = str | Path | bytes
"""The path of an image file, or its bytes."""


def check_channels(channels: int) -> None:
    """Raises ``InputError`` unless images can have this number of channels.

    >>> check_channels(3)
    """
    if channels not in (1, 3):
        raise InputError(
            f"source.channels must be 1 (grey) or 3 (RGB), got {channels}: set source.channels=3"
        )


def decode(
    image: "FileOrBytes | PilImage",
    size: int | tuple[int, int],
    channels: int,
    max_pixels: int = MAX_PIXELS,
    whole: bool = False,
) -> Tensor:
    """One image as uint8 ``(channels, height, width)``: upright, scaled, and cut at the centre.

    ``size``: the side of a square, or height and width. ``whole``: nothing is cut off; the image is
    squeezed, so that a place in it has the same share of width and height as before. Transparent
    pixels become white; of several frames the first is taken. Raises ``InputError`` if Pillow can't
    decode it, or it is too large.

    >>> from PIL import Image
    >>> decode(Image.new("RGB", (40, 30), "red"), size=8, channels=3)[:, 0, 0].tolist()
    [255, 0, 0]
    """
    check_channels(channels)
    from PIL import ImageOps

    height, width = (size, size) if isinstance(size, int) else size
    try:
        with _open(image, max_pixels) as opened:
            opened.draft("RGB", (2 * width, 2 * height))  # lets a JPEG be decoded at a smaller size
            upright = _plain(ImageOps.exif_transpose(opened))
            upright = upright.convert("L" if channels == 1 else "RGB")
    except Exception as error:  # Pillow's decoders raise a dozen kinds
        raise InputError(undecodable(image, error)) from error
    fitted = upright.resize((width, height)) if whole else ImageOps.fit(upright, (width, height))
    pixels = np.array(fitted)
    return torch.from_numpy(pixels.reshape(height, width, channels)).permute(2, 0, 1)


def fingerprint(image: "FileOrBytes | PilImage", max_pixels: int = MAX_PIXELS) -> int:
    """A hash of the image's dimensions and of its pixels at 32 x 32; raises what Pillow raises."""
    with _open(image, max_pixels) as opened:
        dimensions = opened.size
        opened.draft("RGB", (64, 64))
        small = _plain(opened).convert("RGB").resize((32, 32))
    return digest(repr(dimensions).encode() + small.tobytes())


def upright_size(image: "FileOrBytes | PilImage | np.ndarray | Tensor") -> tuple[int, int]:
    """Width and height of an image as a viewer shows it; of a file only its head is read.

    Raises what Pillow raises.

    >>> upright_size(np.zeros((20, 10, 3)))
    (10, 20)
    """
    if isinstance(image, Tensor):
        return image.shape[-1], image.shape[-2]
    if isinstance(image, np.ndarray):
        return image.shape[1], image.shape[0]
    with _open(image, PILLOWS_LIMIT) as opened:
        wide, high = opened.size
        turned = opened.getexif().get(0x0112, 1) > 4  # EXIF: a side of it is up
    return (high, wide) if turned else (wide, high)


def undecodable(image: "FileOrBytes | PilImage", error: Exception) -> str:
    """One line that says which image can't be decoded, and why.

    >>> undecodable("cat.png", ValueError("bad\\nheader"))
    'cat.png is not an image that Pillow can decode (bad header)'
    """
    name = str(image) if isinstance(image, str | Path) else "an image"
    if isinstance(error, TooLarge):
        return f"{name} {error}"
    if isinstance(error, FileNotFoundError):
        return f"{name} is not there: put it back, or correct the path"
    reason = " ".join(str(error).split()) or type(error).__name__
    if "cannot identify image file" in reason:  # Pillow's message holds the address of an object
        reason = "unknown format"
    return f"{name} is not an image that Pillow can decode ({reason})"


def image_suffixes() -> set[str]:
    """The suffixes of the files that Pillow opens, such as ``.png``."""
    from PIL import Image

    Image.init()  # without it Pillow has registered only the commonest formats
    return {end for end, kind in Image.registered_extensions().items() if kind in Image.OPEN}


class TooLarge(ValueError):
    """An image has more pixels than are decoded."""


def _open(image: "FileOrBytes | PilImage", max_pixels: int) -> "PilImage":
    from PIL import Image

    if not isinstance(image, str | Path | bytes):
        return image.copy()
    _mute_pillow()
    try:
        opened = Image.open(io.BytesIO(image) if isinstance(image, bytes) else image)
    except Image.DecompressionBombError:
        pixels = f"more than {PILLOWS_LIMIT:,}"
    else:
        if opened.width * opened.height <= max_pixels:
            return opened
        pixels = f"{opened.width * opened.height:,}"
        opened.close()
    raise TooLarge(
        f"has {pixels} pixels, and at most {max_pixels:,} are decoded: make it smaller, or set "
        "source.max_pixels higher"
    )


@cache
def _mute_pillow() -> None:
    """Mutes Pillow's warning from 89,478,485 pixels on: ``max_pixels`` is the limit here."""
    from PIL import Image

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def _plain(image: "PilImage") -> "PilImage":
    """The image in a mode from which grey and RGB look as in a viewer."""
    from PIL import Image, ImageCms

    if image.mode in ("La", "RGBa"):  # colours are multiplied by their opacity
        image = image.convert(image.mode.upper())
    if image.mode == "LAB":
        lab, srgb = (ImageCms.createProfile(space) for space in ("LAB", "sRGB"))
        shown = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        assert shown is not None
        return shown
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        container = 16 if image.mode.startswith("I;16") else None
        return Image.fromarray(as_bytes(np.asarray(image), container))
    if not image.has_transparency_data:
        return image
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba)
