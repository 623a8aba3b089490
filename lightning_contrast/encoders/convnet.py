"""A small residual convolutional encoder that trains on a CPU."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError


class ConvNet(Encoder):
    """Space-to-depth, then one residual stage a width, each at half the resolution of the last.

    ``(r, channels, H, W) -> (r, widths[-1] * pool**2)``; features are the means over ``pool`` x
    ``pool`` parts of the last map. With ``dense`` the features are the cells of that map, row by
    row, ``(r, h w, widths[-1])``. Images from 8 px up; a height or width that ``patch`` does not
    divide is padded with zeros. Weights and activations are channels-last inside. The residual
    form is that of He et al. 2015, arXiv:1512.03385.

    Args:
        channels: of the images.
        image_size: height or width in pixels, whichever is larger; it only chooses ``patch``.
        widths: channels of each stage.
        blocks: residual blocks a stage, each of two 3 x 3 convolutions.
        patch: side of the pixel blocks folded into channels; ``None``: the largest of 1, 2, 4, 8
            that leaves a map of at least 14 x 14.
        pool: 1 forgets where in the image things are; 2 and up suit centred images.
        mirror: outside of training, features are the mean over the image and its mirror image, for
            twice the time: where left and right mean nothing.
        dense: a vector for each cell.

    Raises:
        InputError: no widths, a width, ``patch`` or ``pool`` below 1, fewer than 0 ``blocks``.

    >>> import torch
    >>> ConvNet(channels=1, image_size=8, widths=(8, 16))(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 16])
    """

    modality = "image"

    def __init__(
        self,
        channels: Count,
        image_size: Count,
        widths: Sequence[Count] = (16, 48, 128),
        blocks: CountFromZero = 1,
        patch: Count | None = None,
        pool: Count = 1,
        mirror: bool = False,
        dense: bool = False,
    ) -> None:
        super().__init__()
        if not widths:
            raise InputError(
                "encoder.widths must be one or more numbers, got none: set "
                "encoder.widths=[16,48,128]"
            )
        self.channels, self.image_size = channels, image_size
        self.widths, self.blocks, self.patch, self.pool = list(widths), blocks, patch, pool
        self.mirror, self.dense = mirror, dense
        self.out_features = self.widths[-1] * (1 if dense else pool**2)
        self._fold = patch or max(p for p in (1, 2, 4, 8) if p == 1 or image_size // p >= 14)
        stages: list[nn.Module] = []
        width = channels * self._fold**2
        for stage, out in enumerate(self.widths):
            stages.append(_convolution(width, out, stride=1 if stage == 0 else 2))
            stages += [_Residual(out) for _ in range(blocks)]
            width = out
        self.stages = nn.Sequential(*stages)
        convert_conv2d_weight_memory_format(self.stages, torch.channels_last)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.maps(inputs)
        if self.dense:
            if self.mirror and not self.training:
                maps = (maps + self.maps(inputs.flip(-1)).flip(-1)) / 2
            return maps.flatten(2).transpose(1, 2)
        if self.mirror and not self.training:
            return (self.pooled(maps) + self.pooled(self.maps(inputs.flip(-1)))) / 2
        return self.pooled(maps)

    def pooled(self, maps: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(maps, self.pool).flatten(1)

    def maps(self, inputs: Tensor) -> Tensor:
        fold = self._fold
        bottom, right = -inputs.shape[-2] % fold, -inputs.shape[-1] % fold
        if bottom or right:
            inputs = F.pad(inputs, (0, right, 0, bottom))
        folded = F.pixel_unshuffle(inputs, fold).contiguous(memory_format=torch.channels_last)
        return self.stages(folded)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_convolution(width, width), _convolution(width, width))

    def forward(self, maps: Tensor) -> Tensor:
        return maps + self.body(maps)


def _convolution(width: int, out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU(inplace=True),
    )
