"""Pairing by instance: two views of one source row are positives, everything else negative."""

from lightning_contrast.pairings._compare import NEGATIVE, POSITIVE, both, equal, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def instance_pairs(
    anchors: Rows, candidates: Rows, cross_view: bool = False, one_sided: bool = False
) -> Pairs:
    """Rows of one index are positives, other indices negatives; ``cross_view`` keeps only
    candidates of another role than the anchor's; with ``one_sided`` a row that was drawn as a
    positive has no candidates that were drawn as negatives.

    >>> import torch
    >>> rows = Rows(torch.eye(4), torch.zeros(4), torch.tensor([7, 8, 7, 8]),
    ...             torch.tensor([0, 0, 1, 1]), torch.tensor([0, 4, 1, 5]))
    >>> instance_pairs(rows, rows).positive.int()[0].tolist()
    [0, 0, 1, 0]
    >>> instance_pairs(rows, rows, cross_view=True).negative.int()[0].tolist()
    [0, 0, 0, 1]
    """
    alike = equal(anchors.index, candidates.index)
    other = ~same_row(anchors, candidates)
    if not cross_view:
        return Pairs(alike & other, ~alike)  # a row itself is of its own index
    across = ~equal(anchors.role, candidates.role)
    if one_sided:
        across = across & ~both(anchors.role == POSITIVE, candidates.role == NEGATIVE)
    return Pairs(alike & across, ~alike & across)  # and of its own role


class Instance(Pairing):
    """Positives are views of the anchor's own row: no label is looked at.

    ``cross_view=False`` is NT-Xent of SimCLR (Chen et al. 2020, arXiv 2002.05709): all other rows
    of the batch are candidates. ``cross_view=True`` compares anchors with the other side only, as
    SimCSE (Gao et al. 2021, arXiv 2104.08821), CLIP and multiple-negatives ranking do. With
    ``one_sided`` as well, drawn negatives are candidates of anchors and not of positives: wrong
    captions of pictures and not of captions, as in NegCLIP (Yuksekgonul et al. 2023, arXiv
    2210.01936).

    >>> Instance(cross_view=True)
    Instance(cross_view=True, one_sided=False)
    """

    needs_positives = True

    def __init__(self, cross_view: bool = False, one_sided: bool = False) -> None:
        self.cross_view, self.one_sided = cross_view, one_sided

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return instance_pairs(anchors, candidates, self.cross_view, self.one_sided)
