"""Geometry of boxes: their overlap, the cells of their centres, and which of them are kept."""

from math import isqrt

import torch
from torch import Tensor


def area(box: Tensor) -> Tensor:
    """The area of ``box (..., 4)``: left, top, right, bottom.

    >>> area(torch.tensor([0.0, 0.0, 2.0, 3.0])).item()
    6.0
    """
    return (box[..., 2:] - box[..., :2]).clamp_min(0).prod(-1)


def overlap(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union of boxes that are broadcast against each other, and the union.

    >>> a, b = torch.tensor([0.0, 0.0, 2.0, 2.0]), torch.tensor([1.0, 0.0, 3.0, 2.0])
    >>> [round(value.item(), 3) for value in overlap(a, b)]
    [0.333, 6.0]
    """
    low = torch.maximum(one[..., :2], other[..., :2])
    high = torch.minimum(one[..., 2:], other[..., 2:])
    common = (high - low).clamp_min(0).prod(-1)
    union = area(one) + area(other) - common
    return common / union.clamp_min(1e-9), union


def generalized_overlap(one: Tensor, other: Tensor) -> Tensor:
    r"""Overlap less the empty share of the smallest box around both: from -1 to 1, with a slope
    where the boxes are apart.

    .. math:: \mathrm{GIoU} = \mathrm{IoU} - \frac{|C \setminus (A \cup B)|}{|C|}

    Source: Rezatofighi et al. 2019 (arXiv 1902.09630).

    >>> a, b = torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([1.0, 0.0, 2.0, 1.0])
    >>> generalized_overlap(a, b).item(), generalized_overlap(a, b + 1).item()
    (0.0, -0.6666666...)
    """
    found, union = overlap(one, other)
    low = torch.minimum(one[..., :2], other[..., :2])
    high = torch.maximum(one[..., 2:], other[..., 2:])
    around = (high - low).clamp_min(0).prod(-1).clamp_min(1e-9)
    return found - (around - union) / around


def centre_cells(box: Tensor, side: int) -> Tensor:
    """The cell of a grid of ``side`` x ``side`` that holds the centre of ``box (..., 4)``: int64.

    >>> centre_cells(torch.tensor([0.0, 0.5, 1.0, 1.0]), 4).item()
    14
    """
    centre = ((box[..., :2] + box[..., 2:]) / 2 * side).long().clamp(0, side - 1)
    return centre[..., 1] * side + centre[..., 0]


def at_centres(features: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Features ``(R, f)`` in the cells of the centres of labelled boxes, classes ``(R,)`` of these,
    and the rows that they are in; of ``features (r, t, f)`` and ``label (r, m, 5)``.

    >>> label = torch.tensor([[[2, 0.5, 0.5, 1, 1], [-1, 0, 0, 0, 0]]])
    >>> at_centres(torch.arange(4.0).view(1, 4, 1), label)
    (tensor([[3.]]), tensor([2]), tensor([0]))
    """
    row, place = (label[..., 0] >= 0).nonzero(as_tuple=True)
    own = label[row, place]
    cell = centre_cells(own[:, 1:], isqrt(features.shape[1]))
    return features[row, cell], own[:, 0].long(), row


def kept(box: Tensor, label: Tensor, most: float = 0.5) -> Tensor:
    """Which boxes stay after greedy non-maximum suppression: bool ``(n, k)``.

    ``box (n, k, 4)`` and ``label (n, k)`` of k boxes an image, the surest first. Going down the
    list, a box is dropped that overlaps a kept one of its class by more than ``most``. Whether box
    i stays depends on the boxes before it alone, so that repeating the rule for all at once is
    exact after as many rounds as the longest chain of boxes that drop each other; it ends when
    nothing changes.

    Source: Zheng et al. 2020, cluster NMS (arXiv 2005.03572).

    >>> box = torch.tensor([[[0.0, 0, 4, 4], [0, 0, 4, 3], [0, 0, 4, 2]]])
    >>> kept(box, torch.zeros(1, 3)).tolist()
    [[True, False, True]]
    """
    alike = label[:, :, None] == label[:, None]
    meets = (overlap(box[:, :, None], box[:, None])[0] > most) & alike
    meets = meets.triu(1)
    stays = torch.ones_like(label, dtype=torch.bool)
    while True:
        found = ~(meets & stays[:, :, None]).any(1)
        if torch.equal(found, stays):
            return stays
        stays = found
