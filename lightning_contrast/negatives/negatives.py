"""The base of negatives: which rows of the split are the explicit negatives of a drawn row."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from lightning_contrast.config.part import Part, Run
from lightning_contrast.errors import InputError


class Negatives(Part, ABC, group="negatives"):
    """Called with positions ``(n,)`` and a generator, gives positions ``(n, k)``; k may be 0.

    All random choices come from the generator, so that a batch is the same in whichever worker
    process it is made. Negatives that follow the embedding are
    ``rows.refreshed.Refreshed`` as well.
    """

    draws_rows: ClassVar[bool] = True
    """``k`` negatives are drawn for each row."""
    needs_logits: ClassVar[bool] = False
    """They follow what the head takes a class for, so the head must be trained."""
    makes_rows: ClassVar[bool] = False
    """They are made in the module, not drawn from the split (a store of candidates says so)."""

    draws_partners: ClassVar[bool] = False
    """They are partners of rows (captions): their positions follow those of the split."""
    writes_texts: ClassVar[bool] = False
    """``write(text, random)`` makes each negative of a text that is drawn."""

    def write(self, text: str, random: np.random.Generator) -> str:
        """A text that is no longer true of what the drawn one tells of; the same where none is."""
        return text

    @abstractmethod
    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The negatives of the rows at ``index``."""

    @classmethod
    def check(cls, run: Run) -> None:
        if cls.needs_logits and not run.head_weight:
            raise InputError(
                f"negatives {cls.__name__} follow what the head confuses, and "
                f"module.head_weight={run.head_weight} leaves it untrained: set "
                "module.head_weight=1 (head=probe trains it without the encoder), or "
                "negatives=cross_class"
            )
