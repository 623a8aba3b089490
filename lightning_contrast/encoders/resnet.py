"""ResNet 18, 34 and 50, with a stem for small images."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from lightning_contrast.config.ranges import Count
from lightning_contrast.encoders.encoder import Encoder

LAYOUTS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}


class ResNet(Encoder):
    """A residual network: ``(r, channels, H, W) -> (r, 512)``, or ``(r, 2048)`` at depth 50.

    He et al. 2015, arXiv:1512.03385. The small stem (one 3 x 3 convolution, no pooling) is that of
    SimCLR on CIFAR (Chen et al. 2020, arXiv:2002.05709, appendix B.9). Each block's last
    normalisation starts at zero (Goyal et al. 2017, arXiv:1706.02677). Trained from scratch. With
    ``dense`` the features are the cells of the last map, row by row, ``(r, h w, 512 or 2048)``.

    Args:
        channels: of the images.
        image_size: height or width in pixels, whichever is larger; it only chooses the stem.
        depth: 18, 34 or 50.
        small_stem: ``None``: below 96 px.
        dense: a vector for each cell, not their mean.

    Raises:
        InputError: for another depth.

    >>> ResNet(channels=1, image_size=28)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 512])
    """

    modality = "image"

    def __init__(
        self,
        channels: Count,
        image_size: Count,
        depth: Literal[18, 34, 50] = 18,
        small_stem: bool | None = None,
        dense: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.image_size = channels, image_size
        self.depth, self.small_stem, self.dense = depth, small_stem, dense
        small = image_size < 96 if small_stem is None else small_stem
        stem = _convolution(channels, 64, 3 if small else 7, stride=1 if small else 2)
        layers: list[nn.Module] = [stem, nn.ReLU(inplace=True)]
        if not small:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
        width, expansion = 64, 4 if depth == 50 else 1
        for stage, count in enumerate(LAYOUTS[depth]):
            inner = 64 * 2**stage
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(_Block(width, inner, inner * expansion, stride))
                width = inner * expansion
        self.layers = nn.Sequential(*layers)
        convert_conv2d_weight_memory_format(self.layers, torch.channels_last)
        self.out_features = width

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.layers(inputs.contiguous(memory_format=torch.channels_last))
        return maps.flatten(2).transpose(1, 2) if self.dense else maps.mean((2, 3))


class _Block(nn.Module):
    def __init__(self, width: int, inner: int, out: int, stride: int) -> None:
        super().__init__()
        if out == inner:
            sides = [(width, inner, 3, stride), (inner, out, 3, 1)]
        else:  # the bottleneck strides in its 3 x 3 convolution, as torchvision's does
            sides = [(width, inner, 1, 1), (inner, inner, 3, stride), (inner, out, 1, 1)]
        body: list[nn.Module] = []
        for side in sides:
            convolution = _convolution(*side)
            body += [convolution, nn.ReLU(inplace=True)]
        nn.init.zeros_(convolution.get_parameter("1.weight"))
        self.body = nn.Sequential(*body[:-1])
        same = width == out and stride == 1
        self.skip = nn.Identity() if same else _convolution(width, out, 1, stride)

    def forward(self, maps: Tensor) -> Tensor:
        return (self.body(maps) + self.skip(maps)).relu_()


def _convolution(width: int, out: int, kernel: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(width, out, kernel, stride, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(convolution, nn.BatchNorm2d(out))
