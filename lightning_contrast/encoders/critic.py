"""The encoder of a discriminator: its slopes are bounded by spectral normalisation."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from lightning_contrast.config.ranges import Count
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError


class Critic(Encoder):
    """Convolutions of stride two, each with a largest singular value of about 1.

    ``(r, channels, H, W) -> (r, widths[-1] * pool**2)``; features are the sums over ``pool`` x
    ``pool`` parts of the last map. No batch norm, so that a row's features are its own. Spectral
    normalisation: Miyato et al. 2018, arXiv:1802.05957.

    Args:
        channels: of the images.
        widths: channels of each stage; a stage halves the map.
        pool: parts along each side: 1 forgets where in the image things are.

    Raises:
        InputError: no widths.

    >>> import torch
    >>> Critic(channels=1, widths=(8, 16), pool=1)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 16])
    """

    modality = "image"

    def __init__(
        self, channels: Count, widths: Sequence[Count] = (32, 64, 128), pool: Count = 2
    ) -> None:
        super().__init__()
        if not widths:
            raise InputError(
                "encoder.widths must be one or more numbers, got none: set "
                "encoder.widths=[32,64,128]"
            )
        self.channels, self.widths, self.pool = channels, list(widths), pool
        self.out_features = self.widths[-1] * pool**2
        sides = zip([channels, *self.widths], self.widths, strict=False)
        self.stages = nn.ModuleList(
            spectral_norm(nn.Conv2d(width, out, 4, stride=2, padding=1)) for width, out in sides
        )

    def forward(self, inputs: Tensor) -> Tensor:
        maps = inputs
        for stage in self.stages:
            short = [max(0, 2 - side) for side in maps.shape[-2:]]  # a side of one pixel
            if any(short):
                maps = F.pad(maps, (0, short[1], 0, short[0]))
            maps = F.leaky_relu(stage(maps), 0.1)
        parts = F.adaptive_avg_pool2d(maps, self.pool)
        return parts.flatten(1) * (maps.shape[-2] * maps.shape[-1] / self.pool**2)
