"""What corruptions of images have in common, and what those of texts have."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Generator, Tensor

from lightning_contrast.config.part import Part
from lightning_contrast.config.ranges import Range
from lightning_contrast.errors import InputError
from lightning_contrast.modalities.text import texts_of
from lightning_contrast.rows.content import SIGNS
from lightning_contrast.types import Images

SEVERITIES = (1, 2, 3, 4, 5)
# A Chinese or Japanese sign is a word of its own, as no blanks are written there.
_PIECES = re.compile(rf"\s+|[{SIGNS}]|[^\s{SIGNS}]+")


class ImageCorruption(Part, ABC, group="corruption", several=True):
    """``corruption(images (n, C, H, W) in [0, 1], severity, generator) -> images``.

    ``levels``: the strengths of severities 1 to 5; None for those of the class. Raises
    ``InputError`` for another number of them, and for one that is not ``allowed``.

    >>> from lightning_contrast.corruptions.light import Brightness
    >>> Brightness([0.1, 0.2])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Brightness needs 5 levels, one a severity, got [0.1, ...
    """

    modality = "image"
    levels: Sequence[float] = ()
    allowed: ClassVar[Range] = Range(least=0)
    """What a level may be."""

    def __init__(self, levels: Sequence[float] | None = None) -> None:
        self.levels = _checked(self, levels)

    @abstractmethod
    def __call__(self, images: Tensor, severity: int, generator: Generator) -> Tensor:
        """The images, damaged."""

    def level(self, severity: int) -> float:
        return float(self.levels[severity - 1])

    def damaged(
        self, raw: Images, rows: np.ndarray, severity: int, seed: int
    ) -> tuple[Images, np.ndarray]:
        """These rows, damaged, and their numbers in what is returned."""
        return DamagedImages(raw, self, severity, seed), rows


class TextCorruption(Part, ABC, group="corruption", several=True):
    """``corruption(text, severity, random.Random) -> text``, never an empty one.

    ``levels`` as those of ``ImageCorruption``. A corruption of single words says ``change``, and
    its levels are the shares of words that are changed.
    """

    modality = "text"
    levels: Sequence[float] = ()
    allowed: ClassVar[Range] = Range(least=0, most=1)
    """What a level may be."""

    def __init__(self, levels: Sequence[float] | None = None) -> None:
        self.levels = _checked(self, levels)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        # Every word draws at any severity: a higher one changes the same words and more.
        share, pieces = self.level(severity), pieces_of(text)
        for i, piece in enumerate(pieces):
            if not piece.isspace():
                chance, own = random.random(), random.random()
                if chance < share:
                    pieces[i] = self.change(piece, Random(own))
        return "".join(pieces)

    def change(self, word: str, random: Random) -> str:
        """What stands in place of a word: the word itself, where no class says otherwise."""
        return word

    def level(self, severity: int) -> float:
        return float(self.levels[severity - 1])

    def damaged(
        self, raw: Sequence[str], rows: np.ndarray, severity: int, seed: int
    ) -> tuple[Sequence[str], np.ndarray]:
        """These rows, damaged, and their numbers in what is returned."""
        texts = zip(rows.tolist(), texts_of(raw, rows), strict=True)
        made = [self(text, severity, Random(f"{seed} {row}")) for row, text in texts]
        return made, np.arange(len(made))


class DamagedImages:
    """``images`` through a corruption of one severity, a batch at a time.

    ``seed`` and the first row of a batch seed its damage, whatever the severity: a higher severity
    is more of the same damage.

    >>> from lightning_contrast.corruptions.light import Brightness
    >>> from lightning_contrast.files.images import InMemoryImages
    >>> black = InMemoryImages(torch.zeros(2, 1, 4, 4, dtype=torch.uint8))
    >>> DamagedImages(black, Brightness(), severity=2, seed=0)[np.array([1])].max().item()
    51
    """

    def __init__(
        self, images: Images, corruption: ImageCorruption, severity: int, seed: int
    ) -> None:
        self.images, self.corruption = images, corruption
        self.severity, self.seed = severity, seed

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: np.ndarray) -> Tensor:
        seed = (1_000_003 * self.seed + int(index[0])) % 2**32  # the generator reads no more bits
        generator = torch.Generator().manual_seed(seed)
        images = self.images[index].float() / 255
        return (self.corruption(images, self.severity, generator) * 255).round().byte()


def pieces_of(text: str) -> list[str]:
    """The words of a text and the blanks between them.

    >>> pieces_of("one  two")
    ['one', '  ', 'two']
    """
    return _PIECES.findall(text)


def _checked(corruption: Any, levels: Sequence[float] | None) -> Sequence[float]:
    """The levels given, or those of the class; raises ``InputError`` unless there are five."""
    levels = corruption.levels if levels is None else levels
    if len(levels) != len(SEVERITIES):
        raise InputError(
            f"{type(corruption).__name__} needs {len(SEVERITIES)} levels, one a severity, got "
            f"{[*levels]}: give {len(SEVERITIES)}, the mildest first"
        )
    for level in levels:
        if not corruption.allowed.holds(level):
            raise InputError(
                f"{type(corruption).__name__}: levels must be numbers {corruption.allowed}, got "
                f"{level}: leave levels out for {[*type(corruption).levels]}"
            )
    return levels
