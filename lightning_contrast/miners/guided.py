"""Drops negatives that a guide takes for positives."""

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Share
from lightning_contrast.engine import masked
from lightning_contrast.miners.miner import Miner
from lightning_contrast.types import Pairs


def guided(
    guide: Float[Tensor, "a c"], pairs: Pairs, absolute_margin: float, relative_margin: float
) -> Pairs:
    """All pairs except negatives that are more similar in the guide's eyes than every positive."""
    best = masked.only(guide, pairs.positive).amax(1, keepdim=True)
    most = best - relative_margin * best.abs() - absolute_margin
    most = torch.where(masked.some(pairs.positive, guide)[:, None], most, torch.inf)
    return Pairs(pairs.positive, pairs.negative & (guide <= most))


class Guided(Miner):
    r"""Drops negatives that a guide finds more similar to the anchor than its positives.

    .. math:: n \text{ stays} \iff g_n \le g_p - r |g_p| - m \qquad g_p = \max_{p \in P} g

    ``g``: the similarities of the teacher (``candidates=[teacher]`` with
    ``candidates.teacher.as_candidates=false``), any checkpoint or pretrained model. Without a
    teacher, the network is its own guide. With ``loss=info_nce`` it is GISTEmbed; the margins also
    drop negatives a little below the positive. An anchor without a positive keeps its negatives.

    Args:
        absolute_margin: ``m >= 0``, a difference of the guide's similarities: a teacher's cosines,
            or what the network itself compares.
        relative_margin: ``r``, a share of the positive's similarity.

    Source: Solatorio 2024 (arXiv 2402.16829); margins: Moreira et al. 2024 (arXiv 2407.15831).

    >>> s = torch.tensor([[0.5, 0.6, 0.4]]); mask = torch.tensor([[True, False, False]])
    >>> Guided()(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 0, 1]]
    >>> Guided(absolute_margin=0.2)(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 0, 0]]
    """

    similarities = ("cosine", "dot", "euclidean", "angle")
    takes_teacher = True

    def __init__(self, absolute_margin: NotNegative = 0.0, relative_margin: Share = 0.0) -> None:
        self.absolute_margin, self.relative_margin = absolute_margin, relative_margin

    def __call__(self, similarity: Tensor, pairs: Pairs) -> Pairs:
        guide = similarity if pairs.teacher is None else pairs.teacher
        return guided(guide, pairs, self.absolute_margin, self.relative_margin)
