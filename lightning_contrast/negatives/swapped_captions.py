"""Captions with two of their words swapped."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.negatives._captions import check_partners, some_caption
from lightning_contrast.negatives.negatives import Negatives
from lightning_contrast.rows.partners import Partners
from lightning_contrast.rows.swapped import swapped


@dataclass(eq=False, repr=False)
class SwappedCaptionNegatives(Negatives):
    """``k`` captions of the anchor itself, each with two of its words swapped: "a cat on a dog" of
    "a dog on a cat".

    They teach a text encoder the order of words, which a batch of unlike captions never asks for.
    The words are drawn anew each time (``rows.swapped``). A caption without two different words
    remains a positive. The text encoder must see order: with a bag of words, ``ngrams`` of 2 and
    more.

    Args:
        partners: see ``rows.partners``.
        k: negatives of each row.

    Called with ``index (n,)`` and a generator, gives the positions ``(n, k)`` of the captions;
    ``write`` swaps the words.

    Raises:
        InputError: no row has a caption, or a teacher would have to know the new texts.

    Source: Yuksekgonul et al. 2023 (arXiv 2210.01936, NegCLIP), where a tagger picks two words of
    one part of speech.

    >>> partners = Partners(*np.array([[8], [0], [0], [1]]))
    >>> negatives = SwappedCaptionNegatives(partners)
    >>> negatives.write("A dog, on the grass.", np.random.default_rng(0))
    'A grass, on the dog.'
    """

    draws_partners: ClassVar[bool] = True
    writes_texts: ClassVar[bool] = True
    partners: Partners | None
    k: Count = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._partners = check_partners(self.partners, "swapped_captions")

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        rows = np.repeat(index, self.k).reshape(len(index), self.k)
        return some_caption(self._partners, rows, random)

    def write(self, text: str, random: np.random.Generator) -> str:
        return swapped(text, random)

    @classmethod
    def check(cls, run: Run) -> None:
        super().check(run)
        if run.candidates.teaches:
            raise InputError(
                "negatives SwappedCaptionNegatives writes new texts, for which candidates=teacher "
                "has no keys: set negatives=near_captions, or candidates=in_batch"
            )
