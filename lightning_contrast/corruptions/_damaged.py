"""Rows of the data seen through a corruption."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.data.text import chosen
from lightning_contrast.types import Images

Corruption = Callable[..., Any]


class DamagedImages:
    """``images`` through a corruption of one severity, a batch at a time; a row number of its own
    draws the damage of each batch, with ``seed``.

    >>> from lightning_contrast.corruptions.light import Brightness
    >>> from lightning_contrast.sources._images import InMemoryImages
    >>> black = InMemoryImages(torch.zeros(2, 1, 4, 4, dtype=torch.uint8))
    >>> DamagedImages(black, Brightness(), severity=2, seed=0)[np.array([1])].max().item()
    51
    """

    def __init__(self, images: Images, corruption: Corruption, severity: int, seed: int) -> None:
        self.images, self.corruption = images, corruption
        self.severity, self.seed = severity, seed

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: np.ndarray) -> Tensor:
        # The same numbers for every severity: more of the same damage.
        seed = (1_000_003 * self.seed + int(index[0])) % 2**32  # the generator reads no more bits
        generator = torch.Generator().manual_seed(seed)
        images = self.images[index].float() / 255
        return (self.corruption(images, self.severity, generator) * 255).round().byte()


def damaged(
    raw: Sequence[str] | Images, rows: np.ndarray, corruption: Any, severity: int, seed: int
) -> tuple[Sequence[str] | Images, np.ndarray]:
    """Rows as ``Subject.embed`` takes them: what to read, and the numbers of the rows in it."""
    if corruption.modality == "image":
        return DamagedImages(cast(Images, raw), corruption, severity, seed), rows
    texts = chosen(cast(Sequence[str], raw), rows)
    made = [
        corruption(text, severity, Random(f"{seed} {row}"))
        for row, text in zip(rows.tolist(), texts, strict=True)
    ]
    return made, np.arange(len(made))
