"""Threshold-consistent margin: positives above one similarity and negatives below another."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Cosine, NotNegative
from lightning_contrast.engine import masked
from lightning_contrast.losses._joined import JoinedLoss
from lightning_contrast.types import Pairs


def beyond(
    similarity: Float[Tensor, "a c"], pairs: Pairs, positive_margin: float, negative_margin: float
) -> Float[Tensor, "a 5"]:
    """By how much each anchor's positives and negatives miss their margins, how many do, and
    whether it has a pair."""
    columns = []
    for gap, mask in (
        (positive_margin - similarity, pairs.positive),
        (similarity - negative_margin, pairs.negative),
    ):
        chosen = masked.weights(mask & (gap.detach() >= 0), gap)
        columns += [(gap * chosen).sum(1), chosen.sum(1)]
    known = masked.some(pairs.positive | pairs.negative, similarity).to(similarity.dtype)
    return torch.stack([*columns, known], 1)


class ThresholdConsistentMargin(JoinedLoss):
    r"""Threshold-consistent margin loss: one threshold of similarity is to fit all classes.

    .. math::
        L = \lambda^+ \operatorname{mean}_{s_p \le m^+} (m^+ - s_p)
          + \lambda^- \operatorname{mean}_{s_n \ge m^-} (s_n - m^-)

    Both means are over the pairs of the whole batch that miss their margin. The paper adds it to
    another loss; here, as in pytorch-metric-learning, it stands alone: a run has one contrast.

    Args:
        positive_margin, negative_margin: ``m+`` and ``m-``, cosines.
        positive_weight, negative_weight: the ``lambda`` of the two means.

    Shape: similarity and masks ``(a, c)``; returns the loss times the number of anchors with a
    pair, and their number.

    Source: Zhang et al. 2023 (arXiv 2307.04047).

    >>> s = torch.tensor([[0.5, 0.75, 0.0]]); mask = torch.tensor([[True, False, False]])
    >>> total, weight = ThresholdConsistentMargin(0.75, 0.5)(s, Pairs(mask, ~mask))
    >>> total.item(), weight.item()  # 0.25 + 0.25
    (0.5, 1.0)
    """

    needs_positives = False

    def __init__(
        self,
        positive_margin: Cosine = 0.9,
        negative_margin: Cosine = 0.5,
        positive_weight: NotNegative = 1.0,
        negative_weight: NotNegative = 1.0,
    ) -> None:
        super().__init__()
        self.positive_margin, self.negative_margin = positive_margin, negative_margin
        self.positive_weight, self.negative_weight = positive_weight, negative_weight

    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        return beyond(similarity, pairs, self.positive_margin, self.negative_margin)

    def join(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        pull, near, push, far, known = numbers.sum(0).unbind()
        value = self.positive_weight * pull / near.clamp_min(1)
        value = value + self.negative_weight * push / far.clamp_min(1)
        return value * known.detach(), known.detach()
