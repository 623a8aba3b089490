"""Noise on every pixel."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from lightning_contrast.corruptions._severities import Severities


class GaussianNoise(Severities):
    """Adds normal noise; ``levels`` are its standard deviations (white is 1).

    >>> images = torch.full((1, 1, 2, 2), 0.5)
    >>> GaussianNoise()(images, 1, Generator().manual_seed(0)).shape
    torch.Size([1, 1, 2, 2])
    """

    modality = "image"

    def __init__(self, levels: Sequence[float] = (0.04, 0.08, 0.12, 0.18, 0.26)) -> None:
        super().__init__(levels)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        noise = torch.randn(images.shape, generator=generator)
        return (images + self.level(severity) * noise).clamp(0, 1)


class ShotNoise(Severities):
    """Counts photons: Poisson noise; ``levels`` are 1 over the photons of a white pixel.

    >>> ShotNoise()(torch.zeros(1, 1, 1, 1), 5, Generator()).item()
    0.0
    """

    modality = "image"

    def __init__(self, levels: Sequence[float] = (0.02, 0.04, 0.08, 0.15, 0.3)) -> None:
        super().__init__(levels)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        level = self.level(severity)
        return (torch.poisson(images / level, generator=generator) * level).clamp(0, 1)


class ImpulseNoise(Severities):
    """Makes pixels black or white; ``levels`` are the shares of pixels.

    >>> ImpulseNoise([1] * 5)(torch.full((1, 1, 9, 9), 0.5), 1, Generator()).unique().tolist()
    [0.0, 1.0]
    """

    modality = "image"

    def __init__(self, levels: Sequence[float] = (0.02, 0.05, 0.1, 0.18, 0.28)) -> None:
        super().__init__(levels)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        chance, salt = torch.rand((2, len(images), 1, *images.shape[2:]), generator=generator)
        return torch.where(chance < self.level(severity), salt.round(), images)
