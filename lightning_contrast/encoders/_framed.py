"""Images cut to what stands on their white ground."""

import torch
from torch import Tensor

WHITE = 0.9  # a pixel with a channel below this is drawn


def framed(images: Tensor) -> Tensor:
    """Each image with what is drawn on it as large as the image, in the middle of a square.

    ``(r, C, H, W) -> (r, C, H, W)`` in [0, 1]. The smallest square around all pixels with a channel
    below 0.9 is resampled with a linear kernel as wide as a pixel of the result or of the source,
    whichever is larger; outside of the image is white. An image without any such pixel keeps its
    frame.

    >>> image = torch.ones(1, 1, 4, 4); image[..., 1:3, 1:3] = 0
    >>> image.mean().item(), framed(image).mean().item() < 0.25
    (0.75, True)
    """
    drawn = images.amin(1) < WHITE
    top, bottom = _ends(drawn.any(2))
    left, right = _ends(drawn.any(1))
    side = torch.maximum(bottom - top, right - left)
    rows = _weights((top + bottom) / 2, side, images.shape[-2]).to(images)
    columns = _weights((left + right) / 2, side, images.shape[-1]).to(images)
    # Differences from white are resampled: what no source pixel reaches is 0, which is white.
    return 1 - rows[:, None] @ (1 - images) @ columns[:, None].mT


def _ends(drawn: Tensor) -> tuple[Tensor, Tensor]:
    """The first place that is drawn, and the one after the last, ``(r,)`` each."""
    first = drawn.int().argmax(1)
    last = drawn.shape[1] - drawn.flip(1).int().argmax(1)
    return first.float(), last.float()


def _weights(centre: Tensor, side: Tensor, pixels: int) -> Tensor:
    """How much each source pixel counts for each of the result, along an axis, ``(r, p, p)``."""
    step = (side / pixels)[:, None, None]
    place = torch.arange(pixels, device=centre.device)
    wanted = centre[:, None, None] + (place[:, None] + 0.5 - pixels / 2) * step
    weight = (1 - (place + 0.5 - wanted).abs() / step.clamp(min=1)).clamp(min=0)
    return weight / weight.sum(2, keepdim=True).clamp(min=0.5)
