"""Edges and colours of what stands on a plain ground: an encoder that learns nothing."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.encoders._framed import framed
from lightning_contrast.encoders.encoder import Encoder


class Sketch(Encoder):
    """Which way edges run, and which colours there are, in each part of an image.

    ``(r, channels, H, W) -> (r, parts**2 * directions + colours**2 * channels)``. The image is
    first cut to what stands on its ground (``framed``), so that neither its margin nor its size
    counts. With the gradient ``g`` of the channel that changes most, each of ``parts`` x ``parts``
    has ``sqrt(mean |g| |cos(g, d)|^8)`` for every direction ``d``: histograms of oriented
    gradients, with soft bins. Beside them, ``colour_weight`` times as long, stand the mean colours
    of ``colours`` x ``colours`` parts. Each of the two is centred and of unit length. There is no
    weight to learn: what follows, such as the linear map of a tower, does that. It suits drawings
    and signs, of which there are few by any one hand.

    Args:
        channels: of the images.
        parts: along each side, for edges.
        directions: of edges, over half a turn.
        colours: parts along each side, for colours.
        colour_weight: length of the colours' part over the length of the edges'.
        framed: cut each image to what differs from white; without it, as it is.

    Source: Dalal and Triggs 2005 (Histograms of oriented gradients for human detection).

    >>> Sketch(channels=3)(torch.rand(2, 3, 16, 16)).shape
    torch.Size([2, 704])
    """

    modality = "image"
    across: Tensor
    down: Tensor

    def __init__(
        self,
        channels: Count,
        parts: Count = 8,
        directions: Count = 8,
        colours: Count = 8,
        colour_weight: NotNegative = 0.7,
        framed: bool = True,
    ) -> None:
        super().__init__()
        self.channels, self.parts, self.directions = channels, parts, directions
        self.colours, self.colour_weight, self.framed = colours, colour_weight, framed
        self.out_features = parts**2 * directions + colours**2 * channels
        angle = torch.arange(directions) * math.pi / directions
        self.register_buffer("across", angle.cos()[:, None, None], persistent=False)
        self.register_buffer("down", angle.sin()[:, None, None], persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        images = framed(inputs) if self.framed else inputs
        edges = _centred(self._edges(images))
        colours = _centred(F.adaptive_avg_pool2d(images, self.colours).flatten(1))
        joined = torch.cat([edges, self.colour_weight * colours], dim=1)
        return joined * math.sqrt(self.out_features)  # numbers of about 1, as other encoders have

    def _edges(self, images: Tensor) -> Tensor:
        around = F.pad(images, (1, 1, 1, 1), mode="replicate")
        across = around[:, :, 1:-1, 2:] - around[:, :, 1:-1, :-2]
        down = around[:, :, 2:, 1:-1] - around[:, :, :-2, 1:-1]
        square, channel = (across.square() + down.square()).max(1, keepdim=True)
        length = (square + 1e-8).sqrt()
        across, down = across.gather(1, channel) / length, down.gather(1, channel) / length
        fit = (across * self.across + down * self.down) ** 2
        strength = F.adaptive_avg_pool2d(length * fit.square().square(), self.parts)
        return (strength + 1e-6).sqrt().flatten(1)


def _centred(numbers: Tensor) -> Tensor:
    """Each row without its mean, at unit length."""
    return F.normalize(numbers - numbers.mean(1, keepdim=True), dim=1)
