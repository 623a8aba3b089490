"""Multi-similarity mining."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.engine import masked
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def multi_similarity(similarity: Float[Tensor, "a c"], pairs: Pairs, epsilon: float) -> Pairs:
    """Positives and negatives whose similarities overlap with the other kind, up to ``epsilon``."""
    nearest = masked.only(similarity, pairs.negative).amax(1, keepdim=True)
    farthest = -masked.only(-similarity, pairs.positive).amax(1, keepdim=True)
    positive = pairs.positive & (similarity < nearest + epsilon)
    return Pairs(positive, pairs.negative & (similarity > farthest - epsilon))


class MultiSimilarity(Miner):
    r"""Keeps pairs that are informative, compared with the anchor's pairs of the other kind.

    .. math::
        s_p < \max_n s_n + \epsilon \qquad s_n > \min_p s_p - \epsilon

    Both conditions refer to all pairs, before any is dropped. An anchor without negatives keeps no
    positives, and one without positives keeps no negatives. The paper uses this miner with
    ``loss=multi_similarity``.

    Args:
        epsilon: ``>= 0``, the slack in cosine.

    Source: Wang et al. 2019 (arXiv 1904.06627).

    >>> import torch
    >>> s = torch.tensor([[.9, .5, .7, .3]])
    >>> mask = torch.tensor([[True, True, False, False]])
    >>> kept = MultiSimilarity(0.1)(s, Pairs(mask, ~mask))
    >>> kept.positive.int().tolist(), kept.negative.int().tolist()
    ([[0, 1, 0, 0]], [[0, 0, 1, 0]])
    """

    def __init__(self, epsilon: NotNegative = 0.1) -> None:
        self.epsilon = epsilon

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        return multi_similarity(similarity, pairs, self.epsilon)
