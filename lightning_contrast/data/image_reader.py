"""Reads whatever holds an image, and normalises it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from lightning_contrast.errors import InputError

MODES = {1: "L", 3: "RGB"}


class ImageReader(nn.Module):
    """Raw images to a batch of one size, and the batch to zero mean and unit deviation.

    ``batch`` takes paths, PIL images, arrays ``(H, W)`` or ``(H, W, C)`` (uint8, or floats from 0
    to 1), and tensors ``(C, H, W)``. Calling it normalises: uint8 or ``[0, 1]`` floats
    ``(n, C, H, W)`` to ``(x - mean) / std``.

    Args:
        size: height and width, in pixels.
        channels: 1 (gray) or 3 (colour).
        mean: of each channel over the training split, from 0 to 1.
        std: of each channel, likewise.

    Raises:
        InputError: a row is no image, can't be decoded, or has other channels; the row is named.

    >>> reader = ImageReader(size=(8, 8), channels=1, mean=[0.5], std=[0.25])
    >>> reader(reader.batch([np.full((8, 8), 255, np.uint8)]))[0, 0, 0, 0].item()
    2.0
    """

    def __init__(
        self, size: Sequence[int], channels: int, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__()
        if channels not in MODES:
            raise InputError(f"channels must be 1 or 3, got {channels}: set source.channels=3")
        self.size, self.channels = (int(size[0]), int(size[1])), channels
        self.mean, self.std = [float(v) for v in mean], [float(v) for v in std]
        self.register_buffer("_mean", torch.tensor(self.mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(self.std).view(-1, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        if images.dtype == torch.uint8:
            images = images.float() / 255
        return (images - self._mean) / self._std

    def batch(self, raw: Sequence[Any]) -> Tensor:
        """Images of any kind as floats from 0 to 1, ``(n, C, H, W)``."""
        return torch.stack([self._read(row, image) for row, image in enumerate(raw)])

    def _read(self, row: int, image: Any) -> Tensor:
        tensor = image if isinstance(image, Tensor) else torch.from_numpy(self._array(row, image))
        scaled = tensor.float() / 255 if tensor.dtype == torch.uint8 else tensor.float()
        if scaled.ndim != 3 or scaled.shape[0] not in MODES:
            raise InputError(
                f"image {row} has shape {tuple(tensor.shape)}: give (H, W) or (H, W, C) arrays, or "
                "(C, H, W) tensors, of 1 or 3 channels"
            )
        if scaled.shape[0] != self.channels:  # luma weights of ITU-R 601, as Pillow uses
            luma = scaled.new_tensor([0.299, 0.587, 0.114]).view(-1, 1, 1)
            gray = self.channels == 1
            scaled = (scaled * luma).sum(0, keepdim=True) if gray else scaled.expand(3, -1, -1)
        if tuple(scaled.shape[1:]) != self.size:
            resized = interpolate(scaled[None], self.size, mode="bilinear", antialias=True)
            scaled = resized[0]
        return scaled

    def _array(self, row: int, image: Any) -> np.ndarray:
        from PIL import Image, UnidentifiedImageError

        try:
            if isinstance(image, str | Path):
                image = Image.open(image)
            if isinstance(image, Image.Image):
                image = np.asarray(image.convert(MODES[self.channels]))
        except (UnidentifiedImageError, OSError) as error:
            raise InputError(
                f"image {row} can't be read: {error}; remove it or mend the file"
            ) from None
        if not isinstance(image, np.ndarray) or image.dtype.kind not in "uf":
            raise InputError(
                f"row {row} is no image but {type(image).__name__}: give a path, an array, a tensor or a PIL image"
            )
        image = image[..., None] if image.ndim == 2 else image
        return np.ascontiguousarray(image.transpose(2, 0, 1)) if image.ndim == 3 else image.copy()
