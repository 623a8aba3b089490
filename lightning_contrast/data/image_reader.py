"""Reads images of any kind, and normalises them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from lightning_contrast.errors import InputError
from lightning_contrast.files.decoding import MAX_PIXELS, decode

SLACK = 1e-3  # values may exceed 0 and 1 by this much, after rounding and interpolation
LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, as Pillow weighs colours


class ImageReader(nn.Module):
    """Turns raw images into a batch of one size, and normalises batches.

    ``batch`` takes paths, PIL images, arrays ``(H, W)`` or ``(H, W, C)`` (uint8, or floats from 0
    to 1), and tensors ``(C, H, W)``. A call normalises images ``(n, C, H, W)``, uint8 or floats
    from 0 to 1, to ``(x - mean) / std``.

    Args:
        size: height and width, in pixels.
        channels: 1 (gray) or 3 (colour).
        mean: mean of each channel over the training split, from 0 to 1.
        std: standard deviation of each channel over the training split.
        max_pixels: limit for the pixels of an image file.
        whole: images are squeezed to the size, and nothing is cut off, as for boxes in them.

    Raises:
        InputError: a row is no image, can't be decoded, or has other channels or values out of
            range; the message names the row.

    >>> reader = ImageReader(size=(8, 8), channels=1, mean=[0.5], std=[0.25])
    >>> reader(reader.batch([np.full((8, 8), 255, np.uint8)]))[0, 0, 0, 0].item()
    2.0
    """

    modality = "image"
    _mean: Tensor
    _std: Tensor

    def __init__(
        self,
        size: Sequence[int],
        channels: int,
        mean: Sequence[float],
        std: Sequence[float],
        max_pixels: int = MAX_PIXELS,
        whole: bool = False,
    ) -> None:
        super().__init__()
        if channels not in (1, 3):
            raise InputError(f"channels must be 1 or 3, got {channels}: set source.channels=3")
        self.size, self.channels = (int(size[0]), int(size[1])), channels
        self.max_pixels, self.whole = max_pixels, whole
        self.mean, self.std = [float(v) for v in mean], [float(v) for v in std]
        self.register_buffer("_mean", torch.tensor(self.mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(self.std).view(-1, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        if images.dtype == torch.uint8:
            images = images.float() / 255
        return (images - self._mean).div_(self._std)

    def unknown(self, inputs: Any) -> tuple[int, int, int, int]:
        """No pixel is unknown; ``data.tokenizer`` explains the four numbers."""
        return 0, 0, 0, len(inputs)

    def refuse(self, raw: Any, first_row: int = 0) -> None:
        """Raises ``InputError`` unless ``raw`` is a sequence of images."""
        if isinstance(raw, str) or not len(raw):
            raise InputError(f"expected a list of images, got {raw!r}: put it in brackets")

    def batch(self, raw: Sequence[Any]) -> Tensor:
        """Images of any kind as floats from 0 to 1, ``(n, C, H, W)``."""
        return torch.stack([self._read(row, image) for row, image in enumerate(raw)])

    def _read(self, row: int, image: Any) -> Tensor:
        from PIL.Image import Image

        if isinstance(image, str | Path | Image):
            image = decode(image, self.size, self.channels, self.max_pixels, self.whole)
        elif isinstance(image, np.ndarray) and image.dtype.kind in "uf":
            image = image[..., None] if image.ndim == 2 else image
            image = torch.from_numpy(np.moveaxis(image, -1, 0).copy())
        if not isinstance(image, Tensor):
            raise InputError(
                f"row {row} is no image but {type(image).__name__}: give a path, an array, a "
                "tensor or a PIL image"
            )
        return self._fit(row, image)

    def _fit(self, row: int, image: Tensor) -> Tensor:
        scaled = image.float() / 255 if image.dtype == torch.uint8 else image.float()
        if scaled.ndim != 3 or scaled.shape[0] not in (1, 3) or not scaled.numel():
            raise InputError(
                f"image {row} has shape {tuple(image.shape)}: give (H, W) or (H, W, C) arrays, or "
                "(C, H, W) tensors, of 1 or 3 channels"
            )
        low, high = (float(end) for end in scaled.aminmax())
        if not (low >= -SLACK and high <= 1 + SLACK):  # NaN too
            raise InputError(
                f"image {row} has values from {low:g} to {high:g}: give uint8 from 0 to 255, or "
                "floats from 0 to 1"
            )
        if scaled.shape[0] != self.channels:
            luma = scaled.new_tensor(LUMA).view(-1, 1, 1)
            gray = self.channels == 1
            scaled = (scaled * luma).sum(0, keepdim=True) if gray else scaled.expand(3, -1, -1)
        if tuple(scaled.shape[1:]) != self.size:
            scaled = interpolate(scaled[None], self.size, mode="bilinear", antialias=True)[0]
        return scaled
