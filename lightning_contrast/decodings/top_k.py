"""A token drawn from the most probable ones."""

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count, Temperature
from lightning_contrast.decodings._draw import drawn
from lightning_contrast.decodings.decoding import Decoding, TextsSoFar


class TopK(Decoding):
    """A token drawn from the ``k`` most probable ones.

    Args:
        k: tokens that are drawn from; all, where there are no more.
        temperature: divides the logits; below 1 the draw is surer.

    Source: Fan et al. 2018 (arXiv 1805.04833).

    >>> TopK(k=10)
    TopK(k=10, temperature=1.0)
    """

    def __init__(self, k: Count = 50, temperature: Temperature = 1.0) -> None:
        self.k, self.temperature = k, temperature

    def __call__(self, walk: TextsSoFar, random: torch.Generator) -> Tensor:
        logits = walk.logits / self.temperature
        top = logits.topk(min(self.k, logits.shape[1]), dim=1)
        place = drawn(top.values.softmax(1), random)
        return top.indices.gather(1, place[:, None])[:, 0]
