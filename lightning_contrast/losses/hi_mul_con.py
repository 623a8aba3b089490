"""HiMulCon: supervised contrast at each level of a hierarchy of labels."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses._joined import JoinedLoss
from lightning_contrast.types import Pairs


def by_level(
    similarity: Float[Tensor, "a c"],
    shared: Float[Tensor, "a c"],
    pairs: Pairs,
    levels: int,
    temperature: float,
) -> Float[Tensor, "a m"]:
    """The supervised contrast of each anchor at each level, then whether it has positives there."""
    logits = similarity * (1 / temperature)
    spread = masked.logsumexp(logits, pairs.positive | pairs.negative)
    values, known = [], []
    for level in range(1, levels + 1):
        pulled, count = masked.mean(logits, pairs.positive & (shared >= level))
        has = count > 0
        values.append(torch.where(has, spread - pulled, 0))
        known.append(has.to(logits.dtype))
    return torch.stack((*values, *known), 1)


class HiMulCon(JoinedLoss):
    r"""Hierarchical multi-label contrast: rows that share more levels of their labels are pulled
    together more.

    .. math::
        L = \frac{1}{D} \sum_{l=1}^{D} \lambda_l \max_{k \ge l} L_k \qquad
        L_l = \operatorname{mean}_i \frac{-1}{|P_{il}|} \sum_{p \in P_{il}}
            \log \frac{e^{s_p / t}}{\sum_c e^{s_c / t}} \qquad
        \lambda_l = b^{1 / (D - l + 1)}

    ``P_il`` are the rows that share at least ``l`` levels with the anchor, from the top: of
    ``sport/football/cup`` and ``sport/football/league`` two. The deepest level weighs most. The
    maximum is the paper's constraint, as in its code on the loss of a level of the whole batch: a
    wider level never has less loss than a deeper one. The code also keeps one row of each class
    from level to level; here all rows count at each.

    Args:
        levels: ``D``, depth of the label paths that is looked at.
        temperature: ``t > 0``.
        base: ``b > 0``; 1: levels count alike. The paper's code has 2.
        constrained: with the maximum (HiMulConE of the paper); else without (HiMulCon).

    Shape: similarity, masks and ``pairs.score`` (shared levels) ``(a, c)``; returns the loss times
    the number of anchors with a positive, and their number.

    Source: Zhang et al. 2022, "Use All the Labels" (arXiv 2204.13207).

    >>> s = torch.tensor([[0.0, 0.0]]); mask = torch.tensor([[True, False]])
    >>> loss = HiMulCon(levels=2, base=1.0, constrained=False)
    >>> total, weight = loss(s, Pairs(mask, ~mask, score=torch.tensor([[1.0, 0.0]])))
    >>> round(total.item(), 4)  # log 2 at the first level, no pair at the second
    0.3466
    """

    reads_scores = "levels"
    similarities = ("cosine", "dot", "euclidean")

    def __init__(
        self,
        levels: Count = 2,
        temperature: Positive = 0.1,
        base: Positive = 2.0,
        constrained: bool = True,
    ) -> None:
        super().__init__()
        self.levels, self.temperature = levels, temperature
        self.base, self.constrained = base, constrained

    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        shared = self.scores(pairs)
        return by_level(similarity, shared, pairs, self.levels, self.temperature)

    def join(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        values, known = numbers.tensor_split(2, dim=1)
        each = values.sum(0) / known.sum(0).clamp_min(1)
        if self.constrained:  # from the deepest level up
            each = each.flip(0).cummax(0).values.flip(0)
        place = torch.arange(self.levels, 0, -1, dtype=each.dtype, device=each.device)
        anchors = known[:, 0].sum().detach()
        return (self.base ** (1 / place) * each).mean() * anchors, anchors
