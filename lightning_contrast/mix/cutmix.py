"""An image with a rectangle of another."""

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Share
from lightning_contrast.mix._drawn import Alpha, shares, target
from lightning_contrast.mix.mix import Mix


class CutMix(Mix):
    r"""The classification loss sees images with a rectangle of another image of the batch.

    Of the area a share :math:`\lambda \sim \mathrm{Beta}(a, a)` is to stay: the rectangle has the
    image's shape, sides :math:`\sqrt{1 - \lambda}` of it, its centre anywhere; what reaches outside
    is cut off. The target has the share that did stay of the image's own class, the rest of the
    other's. Each image has its own rectangle. ``(n, C, H, W)`` and labels ``(n,)`` to images and
    targets ``(n, classes)``.

    Args:
        alpha: ``a``, 0.01 to 100; 1 makes any share as likely.
        probability: of an image to be mixed; the paper takes 1 on many classes, 0.5 on few.

    Raises:
        InputError: ``alpha`` is outside [0.01, 100], ``probability`` outside [0, 1].

    Source: Yun et al. 2019 (arXiv 1905.04899).

    >>> images, target = CutMix()(torch.rand(4, 1, 8, 8), torch.tensor([0, 1, 2, 0]), 3)
    >>> images.shape, target.sum(1).tolist()
    (torch.Size([4, 1, 8, 8]), [1.0, 1.0, 1.0, 1.0])
    """

    modality = "image"
    changes = True

    def __init__(self, alpha: Alpha = 1.0, probability: Share = 1.0) -> None:
        self.alpha, self.probability = alpha, probability

    @torch.no_grad()
    def __call__(self, inputs: Tensor, label: Tensor, classes: int) -> tuple[Tensor, Tensor]:
        other = torch.randperm(len(inputs), device=inputs.device)
        side = (1 - shares(len(inputs), self.alpha, self.probability, inputs.device)).sqrt()
        height, width = inputs.shape[-2:]
        inside = _span(height, side)[:, None, :, None] & _span(width, side)[:, None, None, :]
        share = 1 - inside.float().mean((1, 2, 3))
        return torch.where(inside, inputs[other], inputs), target(label, other, share, classes)


def _span(pixels: int, length: Tensor) -> Tensor:
    """``(n, pixels)`` mask of an interval of ``length`` around a random pixel, cut off outside."""
    size = (length * pixels).floor()[:, None]
    centre = (torch.rand_like(length) * pixels).floor()[:, None]
    at = torch.arange(pixels, device=length.device)
    start = centre - (size / 2).floor()
    return (at >= start) & (at < start + size)
