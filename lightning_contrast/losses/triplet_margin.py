"""Triplet loss over all triplets of a row, without the cube of triplets."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def triplet_margin(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    margin: float,
    average_over: str,
    triplets: str = "all",
) -> tuple[Tensor, Tensor]:
    """Sum over triplets of the pairs, and the number of active (or of all) triplets.

    A row's negatives are sorted once; then a positive's active negatives are a prefix of them, and
    a prefix sum gives the sum of their distances: ``c log c`` a row in place of ``|P| |N|``.
    """
    if pairs.single:
        return _one_triplet(similarity, pairs, margin, average_over, triplets)
    distance = euclidean(similarity)
    keys, order = distance.detach().masked_fill(~pairs.negative, torch.inf).sort(1)
    nearest = torch.where(keys.isfinite(), distance.gather(1, order), 0)
    prefix = nn.functional.pad(nearest.cumsum(1), (1, 0))  # prefix[:, j]: sum of the j nearest
    reach = distance + margin
    active = torch.searchsorted(keys, reach.detach())  # negatives with d_n < d_p + margin
    sums = active * reach - prefix.gather(1, active)
    counted = active if average_over == "active" else pairs.negative.sum(1, keepdim=True)
    if triplets != "all":  # negatives that are not farther than the positive
        inside = torch.searchsorted(keys, distance.detach(), right=True)
        hard = inside * reach - prefix.gather(1, inside)
        sums, counted = (hard, inside) if triplets == "hard" else (sums - hard, active - inside)
    weight = torch.where(pairs.positive, counted, 0).sum().to(similarity.dtype)
    return torch.where(pairs.positive, sums, 0).sum(), weight


def _one_triplet(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    margin: float,
    average_over: str,
    triplets: str,
) -> tuple[Tensor, Tensor]:
    """At most one triplet a row: two sums in place of a sort."""
    gap, counts = _gap(similarity, pairs)
    loss = (gap + margin).relu()
    if triplets != "all":
        counts = counts & (loss > 0) & ((gap >= 0) == (triplets == "hard"))
    return masked.total(loss, counts & (loss > 0) if average_over == "active" else counts)


def soft_triplet(similarity: Float[Tensor, "a c"], pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Sum of ``softplus(d_p - d_n)`` over the rows with a triplet, and their number."""
    if not pairs.single:
        raise InputError(
            "loss.soft needs one triplet an anchor, and the miner keeps more: set miner=hardest, "
            "or loss.soft=false"
        )
    gap, counts = _gap(similarity, pairs)
    return masked.total(nn.functional.softplus(gap), counts)


def _gap(similarity: Float[Tensor, "a c"], pairs: Pairs) -> tuple[Tensor, Tensor]:
    """``d_p - d_n`` of each row's triplet, and whether it has one."""
    near, positives = masked.mean(similarity, pairs.positive)
    far, negatives = masked.mean(similarity, pairs.negative)
    return euclidean(near) - euclidean(far), (positives > 0) & (negatives > 0)


class TripletMargin(Loss):
    r"""Triplet margin loss over all triplets an anchor's pairs make.

    .. math::
        L = \operatorname{mean}_{(p, n)} \max(0, d_p - d_n + m)

    ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit vectors. The mean runs over the active
    triplets of the batch (those above 0), or over all; it is exact, and costs one sort a row.
    With ``miner=hardest`` each anchor has one triplet: batch-hard. With ``miner=semi_hard`` it
    trains from scratch without collapsing. ``soft`` replaces the hinge by ``softplus(d_p - d_n)``,
    which pulls on without end: margin and ``average_over`` are ignored then (no triplet is at
    rest), and each anchor must have one triplet, as with ``miner=hardest``.

    Args:
        margin: ``m > 0``, in Euclidean distance (0 to 2).
        average_over: ``"active"`` or ``"all"`` triplets.
        soft: the soft margin, for one triplet an anchor.
        triplets: ``"all"``; ``"hard"``: those whose negative is at least as near as the positive;
            ``"semi_hard"``: whose negative is farther, by less than the margin. The mean is over
            these. What is left are easy triplets, which have no loss. They are the
            ``TripletMarginMiner`` of pytorch-metric-learning; ``miner=semi_hard`` compares with the
            farthest positive of the anchor alone.

    Shape: similarity and masks ``(a, c)``; returns the sum over triplets and their number.

    Raises:
        InputError: called with ``soft`` on pairs of a miner that leaves several an anchor.

    Source: Schroff et al. 2015 (arXiv 1503.03832); Hermans et al. 2017 (arXiv 1703.07737).

    >>> s = torch.tensor([[0.5, 0.5, -0.28]]); mask = torch.tensor([[True, False, False]])
    >>> total, weight = TripletMargin(margin=0.2)(s, Pairs(mask, ~mask))
    >>> round(total.item(), 4), weight.item()
    (0.2, 1.0)
    """

    similarities = ("cosine", "euclidean")
    half_blocks = True  # sorted rows and their columns

    def __init__(
        self,
        margin: Positive = 0.2,
        average_over: Literal["active", "all"] = "active",
        soft: bool = False,
        triplets: Literal["all", "hard", "semi_hard"] = "all",
    ) -> None:
        super().__init__()
        self.triplets = triplets
        self.margin, self.average_over, self.soft = margin, average_over, soft
        self.needs_single = soft

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        if self.soft:
            return soft_triplet(similarity, pairs)
        return triplet_margin(similarity, pairs, self.margin, self.average_over, self.triplets)
