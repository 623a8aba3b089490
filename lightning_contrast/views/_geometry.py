"""Affine maps of a batch of images, and the one resampling that applies them."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_contrast.views._draw import RandomValues


def crop_sides(
    draw: RandomValues, scale: Sequence[float], ratio: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """Width and height of a random crop, each ``(r,)``, as fractions of the image's.

    ``scale``: range of the crop's area over the image's; ``ratio``: of its width over its height.
    A crop at ``(x, y)``, in [-1, 1], stays inside for ``abs(x) <= 1 - width``.

    >>> crop_sides(RandomValues(torch.zeros(2, 1, 8, 8)), (0.25, 0.25), (1.0, 1.0))[0]
    tensor([0.5000, 0.5000])
    """
    area = draw.between(*scale)
    shape = draw.between(*(math.log(bound) for bound in ratio)).exp()
    return (area * shape).sqrt().clamp(max=1), (area / shape).sqrt().clamp(max=1)


def resampled(images: Tensor, theta: Tensor, padding: str) -> Tensor:
    """The images ``(r, C, H, W)`` read where ``theta (r, 2, 3)`` sends each pixel: bilinear.

    Coordinates run from -1 to 1 along each side; ``padding`` is what lies outside.

    >>> mirror = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    >>> resampled(torch.tensor([[[[1.0, 2.0]]]]), mirror, "border").tolist()
    [[[[2.0, 1.0]]]]
    """
    rows, _, height, width = images.shape
    grid = F.affine_grid(theta, [rows, 1, height, width], align_corners=False)
    return F.grid_sample(images, grid.to(images.dtype), padding_mode=padding, align_corners=False)


def matrix(*rows: Sequence[Tensor | float]) -> Tensor:
    """``(r, m, n)`` matrices from their entries, row by row: numbers ``(r,)``, or one for all.

    >>> matrix([torch.ones(2), 0.0]).tolist()
    [[[1.0, 0.0]], [[1.0, 0.0]]]
    """
    like = next(entry for row in rows for entry in row if isinstance(entry, Tensor))
    full = [[e if isinstance(e, Tensor) else torch.full_like(like, e) for e in r] for r in rows]
    return torch.stack([torch.stack(row, 1) for row in full], 1)
