"""Several encoders of the same images, side by side."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError


class Beside(Encoder):
    """The features of several encoders of images, one behind the other, each made equally long.

    ``(r, channels, H, W) -> (r, sum of their widths)``: of each encoder ``sqrt(width) f / |f|``, so
    that none counts more because its numbers are larger. What one sees and another does not, such
    as the edges of a ``Sketch`` beside what a ``ConvNet`` has learnt, is then there for whatever
    follows.

    Args:
        parts: encoders, by any names, in order; those of the group, or ones of your own.

    Raises:
        InputError: there are none, or one is no encoder of images or gives a vector for each place.

    >>> from lightning_contrast.encoders.sketch import Sketch
    >>> both = Beside({"fine": Sketch(channels=3), "coarse": Sketch(channels=3, parts=4)})
    >>> both(torch.rand(2, 3, 16, 16)).shape
    torch.Size([2, 1024])
    """

    modality = "image"

    def __init__(self, parts: Mapping[str, Any]) -> None:
        super().__init__()
        if not parts:
            raise InputError(
                "encoder.parts must name one encoder or more, got none: add "
                "encoder@encoder.parts.convnet=convnet"
            )
        for name, part in parts.items():
            if getattr(part, "modality", "") != "image" or part.dense:
                raise InputError(
                    f"encoder.parts.{name} must give one vector for an image: set "
                    f"encoder@encoder.parts.{name}=convnet"
                )
        self.parts = dict(parts)
        self.encoders = nn.ModuleDict(self.parts)
        self.out_features = sum(part.out_features for part in parts.values())

    def forward(self, inputs: Tensor) -> Tensor:
        features = [part(inputs) for part in self.encoders.values()]
        return torch.cat(
            [nn.functional.normalize(f, dim=1) * f.shape[1] ** 0.5 for f in features], 1
        )

    def merged(self) -> "Beside":
        return Beside({name: part.merged() for name, part in self.parts.items()})
