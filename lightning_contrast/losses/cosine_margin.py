"""Pair loss on cosines."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def pair_values(
    similarity: Float[Tensor, "a c"], positive: Float[Tensor, "a c"], margin: float
) -> Float[Tensor, "a c"]:
    """Each pair's value, as a positive where ``positive`` is 1 and as a negative where it is 0."""
    pushed = (similarity - margin).relu()
    return torch.addcmul(pushed, positive, 1 - similarity - pushed)


class CosineMargin(Loss):
    r"""Cosine embedding loss: positives pulled to cosine 1, negatives pushed under a margin.

    .. math::
        L = \frac{1}{|P|} \sum_{p} (1 - s_p) + \frac{1}{|N|} \sum_{n} \max(0, s_n - m)

    A margin of 1 would make the second term 0 for every input (no cosine exceeds 1), and then all
    rows fall onto one point: the margin must be below 1, and is best at 0 to 0.5.

    Args:
        margin: ``-1 <= m < 1``; negatives below it are left alone.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Raises:
        InputError: the margin is not in ``[-1, 1)``.

    Source: the pair form of ``torch.nn.CosineEmbeddingLoss``.

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.6]]); mask = torch.tensor([[True, False]])
    >>> round(CosineMargin(margin=0.5)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.3
    """

    def __init__(self, margin: float = 0.2) -> None:
        super().__init__()
        if not -1 <= margin < 1:
            raise InputError(
                f"margin must be at least -1 and below 1 (no cosine exceeds 1, so a margin of 1 "
                f"pushes no negative away), got {margin}: set margin=0.2"
            )
        self.margin = margin

    def pair_values(self, similarity: Tensor, positive: Tensor) -> Tensor:
        return pair_values(similarity, positive, self.margin)

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        positive, negative = (masked.weights(mask, similarity) for mask in pairs[:2])
        values = self.pair_values(similarity, positive)
        return masked.mean_of_pairs(values, positive, negative)
