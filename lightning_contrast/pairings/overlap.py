"""Pairing by shared labels, where rows have several."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import Share
from lightning_contrast.errors import InputError
from lightning_contrast.pairings._compare import both, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows

Weights = Literal["jaccard", "by_label"]


class Overlap(Pairing, nn.Module):
    r"""Rows that share enough of their labels are positives, rows that share none negatives.

    .. math:: J(A, B) = |A \cap B| / |A \cup B| \qquad p \in P \iff J > 0, J \ge \tau

    Rows that share a label, but too few, are neither. How much a positive counts among those of its
    anchor: alike; by ``J`` (``weights=jaccard``); or so that each label of the anchor counts alike,
    and in it each row that has the label (``weights=by_label``), which is the loss of Zhang and Wu
    with each anchor counted once. Weights need a loss that takes them, such as ``supcon``. Memory
    is linear in the batch: a block forms its products of anchors and candidates.

    Args:
        threshold: ``tau``, from 0 (any shared label) to 1 (the same set).
        weights: ``None``, ``jaccard`` or ``by_label``.
        sets: the labels of each class of the rows, by number; ``None``: each class is a label.

    Source: Zhang and Wu 2024, "Multi-Label Supervised Contrastive Learning", AAAI; weights by
    overlap: Su et al. 2022, "Contrastive Learning-Enhanced Nearest Neighbor Mechanism for
    Multi-Label Text Classification", ACL.

    >>> rows = Rows(torch.eye(3), torch.tensor([0, 1, 2]), *torch.arange(3).expand(3, 3))
    >>> pairs = Overlap(weights="jaccard", sets=[[0, 1], [1], [2]])(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.negative.int()[0].tolist(), pairs.weight[0].tolist()
    ([0, 1, 0], [0, 0, 1], [1.0, 0.5, 0.0])
    """

    needs_labels = True
    members: Tensor | None

    def __init__(
        self,
        threshold: Share = 0.0,
        weights: Weights | None = None,
        sets: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.threshold, self.weights, self.sets = threshold, weights, sets
        # A buffer: it goes to the device of the network, in whose module it is.
        self.register_buffer("members", None if sets is None else _table(sets), persistent=False)

    def check(self, run: Run) -> None:
        super().check(run)
        if self.weights is not None and not run.loss.weighs_positives:
            raise InputError(
                f"loss {name_of(run.loss)} does not weigh positives: set pairing.weights=null, or "
                "loss=supcon"
            )

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        if self.members is None:
            shared = (anchors.label[:, None] == candidates.label[None]).float()
            jaccard, by_label = shared, shared
        else:
            members = self.members.to(anchors.label.device)
            own, other = members[anchors.label], members[candidates.label]
            shared = own @ other.T
            union = own.sum(1)[:, None] + other.sum(1)[None] - shared
            jaccard, by_label = shared / union.clamp_min(1), shared
        known = both(anchors.label >= 0, candidates.label >= 0)
        others = ~same_row(anchors, candidates)
        positive = (shared > 0) & (jaccard >= self.threshold) & known & others
        negative = (shared == 0) & known & others
        if self.weights is None:
            return Pairs(positive, negative)
        if self.weights == "by_label" and self.members is not None:
            by_label = _by_label(own, other, positive)
        weight = jaccard if self.weights == "jaccard" else by_label
        return Pairs(positive, negative, weight=weight)


def _table(sets: Sequence[Sequence[int]]) -> Float[Tensor, "classes labels"]:
    """Zeros and ones; the last row, that of -1, has no label."""
    labels = 1 + max((number for each in sets for number in each), default=0)
    table = torch.zeros(len(sets) + 1, labels)
    for row, numbers in enumerate(sets):
        table[row, list(numbers)] = 1
    return table


def _by_label(own: Tensor, other: Tensor, positive: Tensor) -> Float[Tensor, "a c"]:
    """For each label of the anchor, one over the positives that have it, summed over shared ones.

    >>> own, other = torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    >>> _by_label(own, other, torch.ones(1, 2).bool())
    tensor([[0.5000, 1.5000]])
    """
    having = positive.to(other.dtype) @ other
    return (own / having.clamp_min(1)) @ other.T
