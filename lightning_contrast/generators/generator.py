"""The base of generators: noise and a class to an image."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from lightning_contrast.config.part import Part


class Generator(Part, nn.Module, ABC, group="generator"):
    """``forward(noise (r, latent), label (r,)) -> images (r, C, H, W)``, from 0 to 1."""

    modality = "image"
    latent: int
    """Width of the noise, whose numbers are standard normal."""

    @abstractmethod
    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """Images of these classes."""
