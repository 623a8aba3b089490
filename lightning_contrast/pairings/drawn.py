"""Pairing by the drawn positive and the other classes."""

from lightning_contrast.pairings._compare import (
    ANCHOR,
    POSITIVE,
    both,
    drawn_together,
    equal,
)
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def drawn_pairs(anchors: Rows, candidates: Rows) -> Pairs:
    """The row drawn for an anchor is its positive, all rows of other labels are negatives.

    >>> import torch
    >>> rows = Rows(torch.eye(4), torch.tensor([0, 1, 0, 1]), torch.arange(4),
    ...             torch.tensor([0, 0, 1, 1]), torch.tensor([0, 32, 1, 33]))
    >>> pairs = drawn_pairs(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.negative.int()[0].tolist()
    ([0, 0, 1, 0], [0, 1, 0, 1])
    """
    own = drawn_together(anchors, candidates)
    drawn = both(anchors.role == ANCHOR, candidates.role == POSITIVE)
    known = both(anchors.label >= 0, candidates.label >= 0)
    return Pairs(own & drawn, known & ~equal(anchors.label, candidates.label))


class Drawn(Pairing):
    """One positive an anchor, the row drawn for it; negatives are the rows of other classes.

    What the angular loss needs (its anchors are the sums of a row and its drawn positive) and what
    N-pairs means. Other rows of the anchor's class are neither. Needs a drawn positive:
    ``positives=same_class`` or ``positives=view``.

    Source: Sohn 2016, "Improved deep metric learning with multi-class N-pair loss objective".

    >>> Drawn()
    Drawn()
    """

    needs_labels = True
    needs_positives = True

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return drawn_pairs(anchors, candidates)
