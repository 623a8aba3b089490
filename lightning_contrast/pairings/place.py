"""Pairing of places: the same place of another view is positive, other samples are negative."""

from lightning_contrast.pairings._compare import drawn_together, equal, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


class Place(Pairing):
    """Positives are the anchor's place in another view, negatives the places of other samples.

    Other places of the anchor's own sample are neither: they look like it. For ``unit=matched``
    and ``unit=cell``. Source: Wang et al. 2021, "DenseCL" (arXiv 2011.09157).

    >>> import torch
    >>> from lightning_contrast.batch import PLACE, SLOTS
    >>> index = torch.tensor([0, 1, 0, 1, 2**8]) << PLACE
    >>> slot = index + torch.tensor([0, 0, 1, 1, SLOTS])
    >>> rows = Rows(torch.eye(5), torch.zeros(5), index, torch.tensor([0, 0, 1, 1, 0]), slot)
    >>> pairs = Place()(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.negative.int()[0].tolist()
    ([0, 0, 1, 0, 0], [0, 0, 0, 0, 1])
    """

    needs_positives = True

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        alike = equal(anchors.index, candidates.index)
        return Pairs(
            alike & ~same_row(anchors, candidates),
            ~alike & ~drawn_together(anchors, candidates),
        )
