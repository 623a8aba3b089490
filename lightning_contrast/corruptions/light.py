"""Less contrast, more light."""

from torch import Generator, Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.corruptions.corruption import ImageCorruption


class ImageContrast(ImageCorruption):
    """Moves pixels towards the mean of the image; ``levels`` are the shares of the way.

    >>> import torch
    >>> ImageContrast([1] * 5)(torch.tensor([[[[0.0, 1.0]]]]), 1, Generator()).flatten().tolist()
    [0.5, 0.5]
    """

    allowed = Range(least=0, most=1)
    levels = (0.3, 0.5, 0.65, 0.8, 0.9)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        return images.lerp(mean, self.level(severity))


class Brightness(ImageCorruption):
    """Adds light; ``levels`` are what is added (white is 1).

    >>> import torch
    >>> Brightness([1] * 5)(torch.zeros(1, 1, 1, 1), 1, Generator()).item()
    1.0
    """

    levels = (0.1, 0.2, 0.3, 0.4, 0.5)

    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        from kornia.enhance import adjust_brightness

        return adjust_brightness(images, self.level(severity))
