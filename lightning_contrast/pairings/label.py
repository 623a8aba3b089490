"""Pairing by label: what supervised contrastive learning means by positive."""

from lightning_contrast.pairings._compare import both, equal, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def label_pairs(anchors: Rows, candidates: Rows) -> Pairs:
    """Rows of one label are positives, of different labels negatives; rows labelled -1 are neither.

    >>> import torch
    >>> rows = Rows(torch.eye(3), torch.tensor([0, 0, 1]), *torch.arange(3).expand(3, 3))
    >>> label_pairs(rows, rows).positive.int().tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    known = both(anchors.label >= 0, candidates.label >= 0)
    alike = equal(anchors.label, candidates.label)
    return Pairs(alike & known & ~same_row(anchors, candidates), known & ~alike)


class Label(Pairing):
    """Positives share the anchor's label (Khosla et al. 2020, arXiv 2004.11362).

    Needs labelled rows, and batches with at least two rows a class: with
    ``sampler=class_balanced``, or with two views a row (``positives=view``).

    >>> Label()
    Label()
    """

    needs_labels = True
    by_label = True

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return label_pairs(anchors, candidates)
