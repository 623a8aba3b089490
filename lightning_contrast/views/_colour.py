"""Changes of an image's values, for a whole batch in [0, 1] at once; factors are ``(r,)``."""

import torch
import torch.nn.functional as F
from torch import Tensor


def gray(images: Tensor) -> Tensor:
    """Luma ``(r, 1, H, W)`` of 3 channels (ITU-R 601), the mean of any other number.

    >>> gray(torch.ones(1, 3, 1, 1)).item()
    1.0
    """
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    weight = images.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    return (images * weight).sum(1, keepdim=True)


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Every value times ``factor``."""
    return (images * _each(factor)).clamp(0, 1)


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Away from the mean gray value (``factor`` over 1) or towards it."""
    mean = gray(images).mean((1, 2, 3), keepdim=True)
    return torch.lerp(mean, images, _each(factor)).clamp(0, 1)


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Away from gray, or towards it."""
    return torch.lerp(gray(images), images, _each(factor)).clamp(0, 1)


def sharpness(images: Tensor, factor: Tensor) -> Tensor:
    """Away from the smoothed image, or towards it; the border stays (as in PIL)."""
    if min(images.shape[-2:]) < 3:
        return images
    kernel = images.new_tensor([[1.0, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13
    channels = images.shape[1]
    inner = F.conv2d(images, kernel.expand(channels, 1, 3, 3), groups=channels)
    smooth = images.clone()
    smooth[..., 1:-1, 1:-1] = inner
    return torch.lerp(smooth, images, _each(factor)).clamp(0, 1)


def autocontrast(images: Tensor) -> Tensor:
    """Every channel stretched to [0, 1]; a flat one stays.

    >>> autocontrast(torch.tensor([[[[0.2, 0.4]]]])).tolist()
    [[[[0.0, 1.0]]]]
    """
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    span = high - low
    return torch.where(span > 0, (images - low) / span.clamp_min(1e-6), images).clamp(0, 1)


def equalize(images: Tensor) -> Tensor:
    """Every channel with its values spread evenly, by its histogram of 256 values.

    As PIL's, but that the step between two values is not rounded: a small image has few pixels a
    value.

    >>> (3 * equalize(torch.tensor([[[[0.2, 0.3, 0.4, 0.5]]]]))).tolist()
    [[[[0.0, 1.0, 2.0, 3.0]]]]
    """
    rows, channels, height, width = images.shape
    value = (images * 255).round().long().view(rows * channels, height * width)
    count = images.new_zeros(rows * channels, 256)
    count.scatter_add_(1, value, torch.ones_like(value, dtype=count.dtype))
    below = count.cumsum(1) - count
    # All but those of the largest value: what the 255 steps share out.
    spread = below.gather(1, value.amax(1, keepdim=True))
    even = (below / spread.clamp_min(1)).gather(1, value).view_as(images)
    return torch.where(spread.view(rows, channels, 1, 1) > 0, even, images)


def solarize(images: Tensor, threshold: float) -> Tensor:
    """Values from ``threshold`` up inverted."""
    return torch.where(images < threshold, images, 1 - images)


def posterize(images: Tensor, bits: int) -> Tensor:
    """The ``bits`` highest of the 8 bits of each value.

    >>> posterize(torch.tensor([1.0]), bits=1) * 255
    tensor([128.])
    """
    step = 2 ** (8 - bits)
    return ((images * 255).round() / step).floor() * step / 255


def _each(factor: Tensor) -> Tensor:
    return factor[:, None, None, None]
