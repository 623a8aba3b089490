"""What transformers from scratch share: their positions, and a width that fits."""

import math

import torch
from torch import Tensor

from lightning_contrast.errors import InputError


def check_width(width: int, heads: int) -> None:
    """Raises ``InputError`` unless the width is even and ``heads`` divide it."""
    if width % 2 or width % heads:
        raise InputError(
            f"encoder.width must be even and a multiple of encoder.heads={heads}, got {width}"
        )


def sinusoids(place: Tensor, width: int) -> Tensor:
    """Sines and cosines of places, ``(..., width)``: formed anew, so that no text is too long.

    Source: Vaswani et al. 2017 (arXiv 1706.03762).

    >>> sinusoids(torch.zeros(1), 4).tolist()
    [[0.0, 1.0, 0.0, 1.0]]
    """
    pair = torch.arange(0, width, 2, device=place.device, dtype=torch.float32)
    angle = place[..., None] * torch.exp(pair * (-math.log(1e4) / width))
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)
