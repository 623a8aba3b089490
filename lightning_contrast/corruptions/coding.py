"""What a stored image loses: JPEG, and larger pixels."""

import torch
from torch import Generator, Tensor
from torch.nn.functional import interpolate, pad

from lightning_contrast.config.ranges import Range
from lightning_contrast.corruptions.corruption import ImageCorruption

_BLOCK = 16  # of a JPEG with halved colour


class Jpeg(ImageCorruption):
    """Stores as JPEG; ``levels`` are 100 less its quality.

    >>> Jpeg()(torch.full((1, 1, 5, 5), 0.5), 1, Generator()).shape
    torch.Size([1, 1, 5, 5])
    """

    allowed = Range(least=0, most=99)
    levels = (40, 60, 75, 85, 92)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.enhance import jpeg_codec_differentiable

        channels, height, width = images.shape[1:]
        padded = pad(images, (0, -width % _BLOCK, 0, -height % _BLOCK), mode="replicate")
        quality = torch.tensor([100.0 - self.level(severity)])
        coded = jpeg_codec_differentiable(padded.expand(-1, 3, -1, -1), quality)
        coded = coded[..., :height, :width]
        return coded.mean(dim=1, keepdim=True) if channels == 1 else coded


class Pixelation(ImageCorruption):
    """Shows fewer pixels; ``levels`` are their sides, in pixels of the original.

    >>> Pixelation([4] * 5)(torch.eye(4)[None, None], 1, Generator()).unique().tolist()
    [0.25]
    """

    allowed = Range(least=1)
    levels = (1.3, 1.6, 2.2, 3, 4)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        size = images.shape[2:]
        small = [max(1, round(side / self.level(severity))) for side in size]
        return interpolate(interpolate(images, small, mode="area"), size, mode="nearest-exact")
