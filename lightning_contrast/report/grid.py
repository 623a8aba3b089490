"""Images side by side in one picture."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import pad

from lightning_contrast.runtime.atomic import replacing

GAP = 2  # pixels between two images


def as_pixels(images: Tensor) -> Tensor:
    """Images ``(n, C, H, W)``, from 0 to 1, as uint8."""
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)


def grid(images: Tensor, columns: int) -> Tensor:
    """Images ``(n, C, H, W)``, from 0 to 1, row by row in one picture, uint8 ``(C, h, w)``.

    >>> grid(torch.zeros(6, 1, 8, 8), columns=3).shape
    torch.Size([1, 22, 32])
    """
    missing = -len(images) % columns
    cells = pad(as_pixels(images), (GAP, 0, GAP, 0, 0, 0, 0, missing), value=255)
    rows = cells.unflatten(0, (-1, columns)).permute(2, 0, 3, 1, 4)
    return pad(rows.flatten(1, 2).flatten(2, 3), (0, GAP, 0, GAP), value=255)


def save_grid(images: Tensor, columns: int, path: Path) -> None:
    """The picture of ``grid`` as a PNG, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_image(grid(images, columns), path)


def save_image(image: Tensor, path: Path) -> None:
    """An image, uint8 ``(C, H, W)``, as a PNG, at once or not at all."""
    from PIL.Image import fromarray

    array = (image[0] if len(image) == 1 else image.permute(1, 2, 0)).contiguous().numpy()
    with replacing(path) as file:
        fromarray(array).save(file, "PNG")
