"""Pairing by the batch's own triplets."""

from lightning_contrast.pairings._compare import (
    ANCHOR,
    NEGATIVE,
    POSITIVE,
    both,
    drawn_together,
)
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def explicit_pairs(anchors: Rows, candidates: Rows) -> Pairs:
    """The positives and the k negatives that were drawn for an anchor, and no other row.

    >>> import torch
    >>> rows = Rows(torch.eye(6), torch.zeros(6), torch.arange(6),
    ...             torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor([0, 32, 1, 33, 2, 34]))
    >>> pairs = explicit_pairs(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.negative.int()[0].tolist()
    ([0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0])
    """
    own = drawn_together(anchors, candidates)
    anchor = anchors.role == ANCHOR
    return Pairs(
        own & both(anchor, candidates.role == POSITIVE),
        own & both(anchor, candidates.role == NEGATIVE),
    )


class Explicit(Pairing):
    """Triplets as drawn: needs ``positives=view|same_class`` and ``negatives`` with k >= 1.

    Source: Schroff et al. 2015 (arXiv 1503.03832) for the triplet.

    >>> Explicit()
    Explicit()
    """

    needs_positives = True
    needs_negatives = True

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return explicit_pairs(anchors, candidates)
