"""Images that are turned, moved, scaled or partly hidden."""

import torch
from torch import Generator, Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.corruptions.corruption import ImageCorruption


class Rotation(ImageCorruption):
    """Turns each image to the left or to the right; ``levels`` are degrees.

    >>> Rotation()(torch.zeros(2, 1, 8, 8), 5, Generator()).shape
    torch.Size([2, 1, 8, 8])
    """

    levels = (9, 18, 27, 36, 45)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.geometry.transform import rotate

        angle = self.level(severity) * _signs(len(images), generator)
        return rotate(images, angle, padding_mode="border")


class Translation(ImageCorruption):
    """Moves each image in any direction; ``levels`` are the distances, as shares of its side.

    >>> Translation()(torch.zeros(2, 1, 8, 8), 5, Generator()).shape
    torch.Size([2, 1, 8, 8])
    """

    allowed = Range(least=0, most=1)
    levels = (0.04, 0.08, 0.12, 0.18, 0.25)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.geometry.transform import translate

        turn = 2 * torch.pi * torch.rand(len(images), generator=generator)
        side = torch.tensor([images.shape[3], images.shape[2]])
        way = torch.stack((turn.cos(), turn.sin()), dim=1)
        return translate(images, self.level(severity) * side * way, padding_mode="border")


class Scale(ImageCorruption):
    """Makes each image larger or smaller; ``levels`` are the factors.

    >>> Scale()(torch.zeros(2, 1, 8, 8), 5, Generator()).shape
    torch.Size([2, 1, 8, 8])
    """

    allowed = Range(above=0)
    levels = (1.1, 1.2, 1.35, 1.5, 1.75)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.geometry.transform import scale

        factor = self.level(severity) ** _signs(len(images), generator)
        return scale(images, factor[:, None].expand(-1, 2), padding_mode="border")


class Occlusion(ImageCorruption):
    """Puts a grey square somewhere over each image; ``levels`` are its side, as a share.

    >>> Occlusion([1] * 5)(torch.zeros(1, 1, 4, 4), 1, Generator()).max().item()
    0.5
    """

    levels = (0.15, 0.25, 0.35, 0.45, 0.55)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        height, width = images.shape[2:]
        y, x = torch.rand((2, len(images), 1, 1, 1), generator=generator)
        reach = self.level(severity) / 2
        rows = ((torch.arange(height) + 0.5) / height)[:, None]
        columns = (torch.arange(width) + 0.5) / width
        hidden = ((rows - y).abs() < reach) & ((columns - x).abs() < reach)
        return images.masked_fill(hidden, 0.5)


def _signs(rows: int, generator: Generator) -> Tensor:
    return 2.0 * torch.randint(2, (rows,), generator=generator) - 1
