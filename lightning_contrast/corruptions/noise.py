"""Noise on every pixel."""

import torch
from torch import Generator, Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.corruptions.corruption import ImageCorruption


class GaussianNoise(ImageCorruption):
    """Adds normal noise; ``levels`` are its standard deviations (white is 1).

    >>> images = torch.full((1, 1, 2, 2), 0.5)
    >>> GaussianNoise()(images, 1, Generator().manual_seed(0)).shape
    torch.Size([1, 1, 2, 2])
    """

    levels = (0.04, 0.08, 0.12, 0.18, 0.26)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        noise = torch.randn(images.shape, generator=generator)
        return (images + self.level(severity) * noise).clamp(0, 1)


class ShotNoise(ImageCorruption):
    """Poisson noise, as of counted photons; ``levels`` are 1 over the photons of a white pixel.

    >>> ShotNoise()(torch.zeros(1, 1, 1, 1), 5, Generator()).item()
    0.0
    """

    allowed = Range(above=0)
    levels = (0.02, 0.04, 0.08, 0.15, 0.3)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        level = self.level(severity)
        return (torch.poisson(images / level, generator=generator) * level).clamp(0, 1)


class ImpulseNoise(ImageCorruption):
    """Makes pixels black or white; ``levels`` are the shares of pixels.

    >>> ImpulseNoise([1] * 5)(torch.full((1, 1, 9, 9), 0.5), 1, Generator()).unique().tolist()
    [0.0, 1.0]
    """

    allowed = Range(least=0, most=1)
    levels = (0.02, 0.05, 0.1, 0.18, 0.28)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        chance, salt = torch.rand((2, len(images), 1, *images.shape[2:]), generator=generator)
        return torch.where(chance < self.level(severity), salt.round(), images)
