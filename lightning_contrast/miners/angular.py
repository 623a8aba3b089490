"""Angular mining on sums of a row and its drawn positive."""

import math
from typing import Annotated

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Range
from lightning_contrast.engine import masked
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def angular(similarity: Float[Tensor, "a c"], pairs: Pairs, angle: float) -> Pairs:
    """All positives, and the negatives that see anchor and positive at an angle above ``angle``."""
    squared_tangent = math.tan(math.radians(angle)) ** 2
    near = -masked.only(-similarity, pairs.positive).amax(1, keepdim=True)
    least = 1 + near / 2 - (2 - near) / (2 * squared_tangent)
    return Pairs(pairs.positive, pairs.negative & (similarity > least))


Degrees = Annotated[float, Range(above=0, below=90, unit="degrees")]


class Angular(Miner):
    r"""Keeps the negatives from which anchor and positive are seen at a wide angle.

    .. math::
        \arctan \frac{|a - p|}{2 |n - (a + p) / 2|} > \alpha
        \quad \Longleftrightarrow \quad
        S_n > 1 + \frac{S_p}{2} - \frac{2 - S_p}{2 \tan^2 \alpha}

    The anchors of the block are sums ``a + p`` of a row and the positive drawn for it, not
    normalised: ``S_n = s_an + s_pn`` and, for the drawn positive itself, ``S_p = s_ap + 1``. Then
    ``|a - p|^2 = 4 - 2 S_p`` and ``|n - (a + p) / 2|^2 = 1 + S_p / 2 - S_n``, so the similarities
    of the row give the angle. All positives are kept. An anchor has one (``pairing=drawn``); if
    there are several, the least similar one decides. Use it with ``loss=angular``.

    Args:
        angle: ``alpha`` in degrees, between 0 and 90; a smaller one keeps more negatives.

    Source: Wang et al. 2017 (arXiv 1708.01682).

    With ``a`` and ``p`` at a right angle, ``n = a`` sees them at 45 degrees, ``n = -a`` at 24:

    >>> import torch
    >>> sums = torch.tensor([[1., 1., -1.]]); mask = torch.tensor([[True, False, False]])
    >>> Angular(angle=30)(sums, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 1, 0]]
    """

    needs_pair_sums = True

    def __init__(self, angle: Degrees = 20.0) -> None:
        self.angle = angle

    def __call__(self, similarity: Float[Tensor, "a c"], pairs: Pairs) -> Pairs:
        return angular(similarity, pairs, self.angle)
