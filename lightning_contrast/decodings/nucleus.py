"""A token drawn from the fewest that hold a share of the probability."""

import torch
from torch import Tensor

from lightning_contrast.config.ranges import AboveZeroToOne, Temperature
from lightning_contrast.decodings._draw import drawn
from lightning_contrast.decodings.decoding import Decoding, TextsSoFar


class Nucleus(Decoding):
    """A token drawn from the nucleus: the fewest tokens that hold a share ``p`` together.

    Args:
        p: share of the probability; 1: all tokens.
        temperature: divides the logits first; below 1 the draw is surer.

    Source: Holtzman et al. 2020 (arXiv 1904.09751).

    >>> Nucleus(p=0.9)
    Nucleus(p=0.9, temperature=1.0)
    """

    def __init__(self, p: AboveZeroToOne = 0.95, temperature: Temperature = 1.0) -> None:
        self.p, self.temperature = p, temperature

    def __call__(self, walk: TextsSoFar, random: torch.Generator) -> Tensor:
        probability = (walk.logits / self.temperature).softmax(1)
        share, number = probability.sort(1, descending=True)
        before = share.cumsum(1) - share  # the first token has nothing before it
        place = drawn(share * (before < self.p), random)
        return number.gather(1, place[:, None])[:, 0]
