"""Draws things on textures."""

import numpy as np

TRIES = 20
VISIBLE = 0.15  # opacity from which on a pixel belongs to a thing
COVERED = 0.2  # of the smaller of two boxes, at most
WAVES = (2, 5, 11)  # cells across of the noises that a texture is the sum of


def textures(count: int, size: int, random: np.random.Generator) -> np.ndarray:
    """Smooth coloured noise of several scales, ``(count, size, size, 3)`` float32, from 0 to 0.7.

    >>> textures(2, 16, np.random.default_rng(0)).shape
    (2, 16, 16, 3)
    """
    found = np.zeros((count, size, size, 3), dtype=np.float32)
    for wave in WAVES:
        noise = random.random((count, wave + 1, wave + 1, 3), dtype=np.float32)
        weight = random.random((count, 1, 1, 1), dtype=np.float32)
        at = np.linspace(0, wave, size, dtype=np.float32)
        low = np.minimum(at.astype(np.int64), wave - 1)
        share = (at - low)[:, None, None]
        down = noise[:, low] * (1 - share) + noise[:, low + 1] * share
        share = share[:, 0]
        across = down[:, :, low] * (1 - share) + down[:, :, low + 1] * share
        found += weight * across
    return found * (0.7 / np.maximum(found.max((1, 2, 3), keepdims=True), 1e-6))


class Drawing:
    """A scene ``(size, size, 3)``, from 0 to 1, on which things are placed apart."""

    def __init__(self, scene: np.ndarray, random: np.random.Generator) -> None:
        self.scene, self.random = scene, random
        self.taken: list[tuple[int, int, int, int]] = []

    def place(self, thing: np.ndarray, side: int) -> tuple[int, int, int, int] | None:
        """Draws a thing ``(h, w)`` of grey, scaled to ``side``; gives the pixels of its box: left,
        top, right and bottom, these exclusive. None where no free place is found."""
        from PIL import Image

        grey = np.asarray(
            Image.fromarray(thing).resize((side, side), Image.Resampling.BILINEAR)
        ).clip(0, 1)
        rows, columns = (np.flatnonzero((grey > VISIBLE).any(axis)) for axis in (1, 0))
        if not len(rows):
            return None
        for _ in range(TRIES):
            x, y = self.random.integers(0, len(self.scene) - side + 1, 2).tolist()
            box = (
                *(x + int(columns[0]), y + int(rows[0])),
                *(x + int(columns[-1]) + 1, y + int(rows[-1]) + 1),
            )
            if not any(covered(box, other) > COVERED for other in self.taken):
                break
        else:
            return None
        tint = self.random.uniform(0.5, 1, 3).astype(np.float32)
        opacity = np.minimum(grey * 3, 1)[..., None]
        part = self.scene[y : y + side, x : x + side]
        part[:] = part * (1 - opacity) + grey[..., None] ** 0.5 * tint * opacity
        self.taken.append(box)
        return box


def covered(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """The area that two boxes share, over that of the smaller one.

    >>> covered((0, 0, 4, 4), (2, 0, 4, 2))
    1.0
    """
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    sizes = [(right - left) * (bottom - top) for left, top, right, bottom in (one, other)]
    return max(wide, 0) * max(high, 0) / min(sizes)
