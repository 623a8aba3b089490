"""A small convolutional generator that trains on a CPU."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.nn.utils import convert_conv2d_weight_memory_format

from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.errors import InputError
from lightning_contrast.generators.generator import Generator

SMALLEST, LARGEST = 8, 128  # pixels of a side


class Upsampling(Generator):
    """Noise to a small map, doubled in size by a transposed convolution a stage, and read at full
    size by a last convolution, which smooths the pattern that they leave.

    ``(r, latent), (r,) -> (r, channels, H, W)``, from 0 to 1. The class stands beside the noise,
    and in the batch norms: each has a gain and an offset for every class (de Vries et al. 2017,
    arXiv:1707.00683; Miyato and Koyama 2018, arXiv:1802.05637). What sticks out of the size asked
    for is cut off. The form is that of Radford et al. 2016, arXiv:1511.06434.

    Args:
        channels: of the images.
        size: height and width in pixels, each from 8 to 128.
        classes: number of classes.
        latent: width of the noise.
        widths: channels of each map, from the smallest; a map is half as large as the next, and the
            last as large as the image.

    Raises:
        InputError: an image that is too small or too large, or no widths.

    >>> made = Upsampling(channels=1, size=(28, 28), classes=10, widths=(16, 8, 4))
    >>> made(torch.zeros(2, 64), torch.tensor([0, 9])).shape
    torch.Size([2, 1, 28, 28])
    """

    def __init__(
        self,
        channels: Count,
        size: Sequence[Count],
        classes: Annotated[int, Range(least=2)],
        latent: Count = 64,
        widths: Sequence[Count] = (128, 64, 16),
    ) -> None:
        super().__init__()
        if len(size) != 2 or not all(SMALLEST <= side <= LARGEST for side in size):
            raise InputError(
                f"a generator makes images with sides of {SMALLEST} to {LARGEST} pixels, got size "
                f"{list(size)}: set source.size, or take other images"
            )
        if not widths:
            raise InputError(
                "generator.widths must be one or more numbers, got none: set "
                "generator.widths=[128,64,16]"
            )
        self.channels, self.size, self.classes = channels, list(size), classes
        self.latent, self.widths = latent, list(widths)
        self._start = [-(-side // 2 ** (len(widths) - 1)) for side in size]
        self.enter = nn.Linear(latent + classes, widths[0] * self._start[0] * self._start[1])
        self.norms = nn.ModuleList(_ClassNorm(width, classes) for width in widths)
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(width, out, 4, stride=2, padding=1)
            for width, out in pairwise(widths)
        )
        convert_conv2d_weight_memory_format(self.doublings, torch.channels_last)  # faster on a CPU
        self.last = nn.Conv2d(widths[-1], channels, 3, padding=1)

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        given = torch.cat((noise, one_hot(label, self.classes)), 1)
        maps = self.enter(given).unflatten(1, (self.widths[0], *self._start))
        maps = maps.contiguous(memory_format=torch.channels_last)
        for norm, double in zip(self.norms, self.doublings, strict=False):
            maps = double(norm(maps, label).relu())
        height, width = self.size
        images = self.last(self.norms[-1](maps, label).relu())
        return images[:, :, :height, :width].sigmoid()


class _ClassNorm(nn.Module):
    """Batch normalisation with a gain and an offset of each class."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.gain, self.offset = nn.Embedding(classes, width), nn.Embedding(classes, width)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.offset.weight)

    def forward(self, maps: Tensor, label: Tensor) -> Tensor:
        gain, offset = (of(label)[:, :, None, None] for of in (self.gain, self.offset))
        return torch.addcmul(offset, self.norm(maps), gain)
