"""Removes probable false negatives."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Cosine, Count
from lightning_contrast.errors import InputError
from lightning_contrast.miners.miner import Miner
from lightning_contrast.miners.top_k_negatives import top_k as most_similar
from lightning_contrast.types import Pairs


def without_false_negatives(
    similarity: Float[Tensor, "a c"], pairs: Pairs, threshold: float | None, top_k: int | None
) -> Pairs:
    """All pairs except negatives above the threshold and among the most similar ones."""
    false = pairs.negative
    if top_k is not None:
        false = most_similar(similarity, false, top_k)
    if threshold is not None:
        false = false & (similarity > threshold)
    return Pairs(pairs.positive, pairs.negative & ~false)


class FalseNegatives(Miner):
    """Drops the negatives that are so similar to the anchor that they are probably of its class.

    It is for pairs made without labels (``pairing=instance``), where every other row is a negative.
    A negative is dropped if it is more similar than ``threshold``, or if it is among the ``top_k``
    most similar ones (ties with the last of them included). If both are set, both must hold. The
    paper calls this elimination. It uses the similarity to several views of the anchor; this miner
    uses the anchor itself.

    Args:
        threshold: a cosine, or ``None``. Untrained embeddings are similar to each other, so a low
            threshold drops nearly all negatives at first.
        top_k: at least 1, or ``None``.

    Raises:
        InputError: neither is set.

    Source: Huynh et al. 2020 (arXiv 2011.11765).

    >>> import torch
    >>> s = torch.tensor([[.9, .8, .6, .1]])
    >>> mask = torch.tensor([[True, False, False, False]])
    >>> FalseNegatives(threshold=0.7)(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 0, 1, 1]]
    >>> FalseNegatives(threshold=None, top_k=2)(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 0, 0, 1]]
    """

    def __init__(self, threshold: Cosine | None = 0.7, top_k: Count | None = None) -> None:
        if threshold is None and top_k is None:
            raise InputError(
                "threshold or top_k must be set, got null for both: set miner.threshold=0.7, or "
                "miner=keep_all to drop nothing"
            )
        self.threshold, self.top_k = threshold, top_k

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        return without_false_negatives(similarity, pairs, self.threshold, self.top_k)
