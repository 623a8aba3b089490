"""The most probable token."""

import torch
from torch import Tensor

from lightning_contrast.decodings.decoding import Decoding, TextsSoFar


class Greedy(Decoding):
    """The most probable token, always: it soon repeats itself (Holtzman et al. 2020,
    arXiv 1904.09751).

    >>> Greedy()
    Greedy()
    """

    def __call__(self, walk: TextsSoFar, random: torch.Generator) -> Tensor:
        return walk.logits.argmax(1)
