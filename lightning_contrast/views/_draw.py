"""Random numbers of a view: one an image, on the images' device."""

import torch
from torch import Tensor


class RandomValues:
    """Uniform numbers ``(r,)``, one an image, from torch's global generator.

    >>> RandomValues(torch.zeros(3, 1, 4, 4)).between(1.0, 2.0).shape
    torch.Size([3])
    """

    def __init__(self, images: Tensor) -> None:
        self.rows, self.device = len(images), images.device

    def between(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(self.rows, device=self.device)

    def either(self, most: float) -> Tensor:
        return self.between(-most, most)

    def sign(self) -> Tensor:
        """1 or -1."""
        return 1 - 2 * self.chosen(0.5).float()

    def chosen(self, probability: float) -> Tensor:
        """True with ``probability``."""
        return torch.rand(self.rows, device=self.device) < probability


def interval(pixels: int, length: Tensor, place: Tensor) -> Tensor:
    """``(r, pixels)`` mask of an interval of ``length``, ``place`` of the way along the side.

    >>> interval(4, torch.tensor([0.5]), torch.tensor([1.0])).int().tolist()
    [[0, 0, 1, 1]]
    """
    size = (length * pixels).round().clamp(min=1)
    start = (place * (pixels - size)).round()[:, None]
    at = torch.arange(pixels, device=length.device)
    return (at >= start) & (at < start + size[:, None])
