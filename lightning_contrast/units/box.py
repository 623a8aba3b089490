"""A row is a labelled box of an image."""

import numpy as np
from torch import Tensor

from lightning_contrast.batch import PLACE, Batch, place_columns, share_of, with_share
from lightning_contrast.config.ranges import CountFromZero, NotNegative, Share
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows
from lightning_contrast.units._places import Places, kinds, ordered, sent, side_of
from lightning_contrast.units._proposals import with_proposals
from lightning_contrast.units.unit import Unit

BACKGROUND = 2**30  # a label that no class has


class Box(Unit):
    r"""A row is the mean of the cells whose centres lie in a box: ``(r, t, f) -> (R, f)``.

    .. math:: h_b = \frac{1}{|b|} \sum_{j \in b} h_j

    A box too narrow to hold the centre of a cell has the one that its own centre is in. Its index
    names the image and the number of the box there, so that with ``pairing=instance`` the same box
    of another view is the positive. The background is a candidate and never an anchor: a row of it
    is a cell whose centre is in no box. The grid has as many cells across as down.

    With ``proposals``, so many boxes are drawn around each labelled one and are rows as well, with
    its label and index. A proposal whose overlap u (intersection over union) with its box is below
    ``overlap`` counts 0 as an anchor, another one 1, or u with ``by_overlap``; the loss is the
    weighted mean over anchors, and u is kept to a hundredth.

    Args:
        background_per_positive: background cells drawn for each box; 0: none; None: all.
        proposals: boxes drawn around each labelled box; 0: none.
        overlap: the least of a proposal that is an anchor, from 0 to 1.
        by_overlap: an anchor counts by its overlap; else all alike.

    Raises:
        InputError: the data has no boxes, or the grid is no square.

    Source: Sun et al. 2021, "FSCE" (arXiv 2103.05950), whose proposals are those of a detector's
    first stage, where these are drawn at random.

    >>> import torch
    >>> from lightning_contrast.batch import Batch, Counts
    >>> box = np.array([[[1, 0.0, 0.0, 0.5, 1.0]]], dtype=np.float32)
    >>> batch = Batch(None, torch.tensor(box), torch.tensor([7]), Counts(1, 0, 0), box)
    >>> rows = Box(background_per_positive=None)(torch.arange(4.0).view(1, 4, 1), batch)
    >>> rows.label.tolist() == [1, BACKGROUND, BACKGROUND], rows.embedding.flatten().tolist()
    (True, [1.0, 1.0, 3.0])
    """

    modality = "image"
    reads_places = True
    needs_place_labels = True

    def __init__(
        self,
        background_per_positive: NotNegative | None = 3.0,
        proposals: CountFromZero = 0,
        overlap: Share = 0.7,
        by_overlap: bool = True,
    ) -> None:
        self.background_per_positive = background_per_positive
        self.proposals, self.overlap, self.by_overlap = proposals, overlap, by_overlap
        if proposals:
            self.weigh = _weigh

    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        boxes, side = boxes_of(batch), side_of(features.shape[1])
        free = np.ones((len(boxes), side * side), dtype=bool)
        labelled = _labelled(boxes)
        cell, owner, _ = members(*cell_ranges(boxes[..., 1:], side), labelled, side)
        free[labelled.row[owner], cell] = False
        row, behind = np.nonzero(free)
        own = boxes.shape[1]
        boxes, overlap = with_proposals(boxes, self.proposals)
        labelled, (start, stop) = _labelled(boxes), cell_ranges(boxes[..., 1:], side)
        most = boxes.shape[1]  # background cells are numbered behind the boxes
        outside = Places(row, most + behind, np.full(len(row), BACKGROUND))
        both = Places(*map(np.concatenate, zip(labelled, outside, strict=True)))
        chosen = ordered(both, batch, BACKGROUND, self.background_per_positive)
        # A background cell is a box of one cell.
        y, x = np.divmod(np.arange(side * side), side)
        cells = np.broadcast_to(np.stack((x, y), 1), (len(boxes), side * side, 2))
        start, stop = (np.concatenate(pair, 1) for pair in ((start, cells), (stop, cells + 1)))
        cell, owner, size = members(start, stop, chosen, side)
        at, of, count = sent(features, chosen.row[owner] * side**2 + cell, owner, size)
        rows, places, label = sent(features, *chosen)
        flat = features.flatten(0, 1)
        total = flat.new_zeros(len(label), flat.shape[1]).index_add(0, of, flat.index_select(0, at))
        index, role, slot = place_columns(batch, rows, places)
        if self.proposals:
            of_box = chosen.place < most
            number = np.where(of_box, chosen.place % own, chosen.place)
            near = overlap[chosen.row, np.minimum(chosen.place, most - 1)]
            counts = of_box & (near >= self.overlap)
            near = near if self.by_overlap else np.ones_like(near)
            labelled_box, share = sent(features, number, np.where(counts, near, 0))
            index = batch.index[rows] + (labelled_box << PLACE)
            slot = with_share(slot, share)
        return Rows(total / count[:, None], label.int(), index, role, slot)

    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        kind = kinds(_labelled(boxes_of(batch)), batch, BACKGROUND)
        return int(np.count_nonzero(kind <= int(symmetric))) * (1 + self.proposals)


def boxes_of(batch: Batch) -> np.ndarray:
    """The boxes of a batch ``(r, m, 5)``; raises ``InputError`` where the data has none."""
    if batch.boxes is None:
        raise InputError(
            "unit box needs boxes in the images, and the source has none: set unit=whole or "
            "unit=cell, or take a source with boxes, such as source=coco"
        )
    return batch.boxes


def cell_ranges(box: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last (exclusive) column and row, each ``(..., 2)``, of the cells whose centres lie
    in ``box (..., 4)``; along a side without any the one that the centre of the box is in.

    >>> cell_ranges(np.array([0.0, 0.3, 1.0, 0.4]), 4)
    (array([0, 1]), array([4, 2]))
    """
    low, high = box[..., :2] * side, box[..., 2:] * side
    start, stop = (np.ceil(end - 0.5).astype(np.int64).clip(0, side) for end in (low, high))
    middle = ((low + high) / 2).astype(np.int64).clip(0, side - 1)
    narrow = stop <= start
    return np.where(narrow, middle, start), np.where(narrow, middle + 1, stop)


def members(
    start: np.ndarray, stop: np.ndarray, places: Places, side: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cells of each place, one behind the other: cell and place ``(M,)``, and the number of
    cells of each place ``(R,)``.

    ``start`` and ``stop``, ``(r, places, 2)``, are the columns and rows of each place.
    """
    first = start[places.row, places.place]
    wide, high = (stop[places.row, places.place] - first).T
    size = wide * high
    owner = np.repeat(np.arange(len(size)), size)
    behind = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    down, across = np.divmod(behind, wide[owner])
    return (first[owner, 1] + down) * side + first[owner, 0] + across, owner, size


def _labelled(boxes: np.ndarray) -> Places:
    row, place = np.nonzero(boxes[..., 0] >= 0)
    return Places(row, place, boxes[row, place, 0].astype(np.int64))


def _weigh(rows: Rows) -> Tensor:
    """How much rows count as anchors."""
    return share_of(rows.slot)
