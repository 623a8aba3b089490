"""What a decoding is: how the next token of a text is chosen."""

from abc import ABC, abstractmethod
from typing import Protocol

import torch
from torch import Tensor

from lightning_contrast.config.part import Part, as_called


class TextsSoFar(Protocol):
    """Texts that are gone on with, as ``modules.walk.Walk`` does.

    ``features (n, T, f)`` of all tokens so far; ``there (n, T)``: False for padding; ``logits
    (n, V)`` of the next token.
    """

    features: Tensor
    there: Tensor

    @property
    def logits(self) -> Tensor: ...

    def ahead(self, candidates: Tensor) -> Tensor:
        """Features ``(n, k, f)`` of candidates ``(n, k)`` for the next token."""


class Decoding(Part, ABC, group="decoding"):
    """Chooses the next token of each text: ``decoding(walk, random) -> (n,)``.

    Random numbers are those of the generator ``random``, on the CPU.
    """

    @abstractmethod
    def __call__(self, walk: TextsSoFar, random: torch.Generator) -> Tensor:
        """The number of the next token of each text, ``(n,)``."""

    def __repr__(self) -> str:
        return as_called(self)
