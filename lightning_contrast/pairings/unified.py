"""Pairing by label or by instance, across the two sides: labels and captions in one contrast."""

from lightning_contrast.pairings._compare import both, equal
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def unified_pairs(anchors: Rows, candidates: Rows) -> Pairs:
    """Of the other role: rows of one label or one index are positives, all others negatives.

    >>> import torch
    >>> rows = Rows(torch.eye(4), torch.tensor([5, 5, -1, -1]), torch.tensor([0, 1, 2, 2]),
    ...             torch.tensor([0, 1, 0, 1]), torch.arange(4))
    >>> unified_pairs(rows, rows).positive.int().tolist()
    [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    """
    across = ~equal(anchors.role, candidates.role)
    known = both(anchors.label >= 0, candidates.label >= 0)
    alike = (equal(anchors.label, candidates.label) & known) | equal(
        anchors.index, candidates.index
    )
    return Pairs(alike & across, ~alike & across)


class Unified(Pairing):
    """Positives are the rows of the other side with the anchor's label, or, of rows without one,
    with its index: data with labels and data with captions are trained on together.

    UniCL (Yang et al. 2022, arXiv 2204.03610). Needs ``positives=paired``.

    >>> Unified()
    Unified()
    """

    needs_positives = True

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return unified_pairs(anchors, candidates)
