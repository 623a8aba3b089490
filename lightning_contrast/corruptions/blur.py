"""Loss of sharpness."""

import math

import torch
from torch import Generator, Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.corruptions.corruption import ImageCorruption


class GaussianBlur(ImageCorruption):
    """Blurs like a lens out of focus; ``levels`` are standard deviations, as shares of the side.

    >>> GaussianBlur()(torch.ones(1, 1, 28, 28), 5, Generator()).min().round().item()
    1.0
    """

    allowed = Range(least=0, most=1)
    levels = (0.015, 0.025, 0.04, 0.06, 0.09)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.filters import gaussian_blur2d

        side = min(images.shape[2:])
        sigma = max(self.level(severity) * side, 1e-3)
        radius = min(math.ceil(3 * sigma), side - 1)
        size = 2 * radius + 1
        return gaussian_blur2d(images, (size, size), (sigma, sigma))


class MotionBlur(ImageCorruption):
    """Blurs each image along a line of any direction; ``levels``: its length, as share of the side.

    >>> MotionBlur()(torch.ones(2, 1, 28, 28), 5, Generator()).shape
    torch.Size([2, 1, 28, 28])
    """

    allowed = Range(least=0, most=1)
    levels = (0.08, 0.14, 0.2, 0.27, 0.35)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.filters import motion_blur

        size = 2 * max(1, round(self.level(severity) * min(images.shape[2:]) / 2)) + 1
        angle = 360 * torch.rand(len(images), generator=generator)
        still = torch.zeros(len(images))
        return motion_blur(images, size, angle, still, border_type="replicate").clamp(0, 1)
