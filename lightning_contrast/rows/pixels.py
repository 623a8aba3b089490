"""Images as plain columns of numbers."""

import numpy as np

from lightning_contrast.types import Images


def small_pixels(raw: Images, rows: np.ndarray, size: int = 32) -> np.ndarray:
    """Pixels in [0, 1], flat, ``(n, C * H * W)``; images larger than ``size`` are averaged down.

    >>> import torch
    >>> from lightning_contrast.files.images import InMemoryImages
    >>> images = InMemoryImages(torch.zeros(2, 1, 64, 8, dtype=torch.uint8))
    >>> small_pixels(images, np.arange(2)).shape
    (2, 256)
    """
    from torch.nn.functional import adaptive_avg_pool2d

    def read(part: np.ndarray) -> np.ndarray:
        images = raw[part].float() / 255
        side = (min(size, images.shape[2]), min(size, images.shape[3]))
        return adaptive_avg_pool2d(images, side).flatten(1).numpy()

    # In pieces: the source may decode files, and all of them at full size may not fit in memory.
    return np.concatenate([read(rows[i : i + 256]) for i in range(0, len(rows), 256)])
