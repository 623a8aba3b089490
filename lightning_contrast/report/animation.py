"""Pictures one after another: an animation in a file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lightning_contrast.runtime.atomic import replacing

MILLISECONDS = 120  # that each picture is shown
AGENT = "agent.gif"
"""The name of the animation of an agent's run."""


def save_animation(pictures: Sequence[np.ndarray], path: Path) -> None:
    """Pictures, uint8 ``(H, W, 3)``, one or more, as a GIF, at once or not at all."""
    from PIL.Image import fromarray

    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = map(fromarray, pictures)
    with replacing(path) as file:
        first.save(file, "GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)


def ways(episodes: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """The way of each episode in one picture, side by side.

    The ground is the median over the pictures of an episode; what differs from it is half as strong
    as it was, and in the last picture as strong.

    >>> start, middle, end = np.zeros((3, 1, 3, 3), dtype=np.uint8)
    >>> start[0, 0] = middle[0, 1] = end[0, 2] = 200
    >>> ways([[start, middle, end]])[..., 0].tolist()
    [[100, 100, 200]]
    """
    shown = []
    for pictures in episodes:
        stack = np.stack(pictures).astype(float)
        ground = np.median(stack, 0)
        gap = stack - ground
        most = np.take_along_axis(gap, np.abs(gap).argmax(0)[None], 0)[0]
        shown.append(np.where(gap[-1] == 0, ground + most / 2, stack[-1]).astype(np.uint8))
    return np.concatenate(shown, 1)
