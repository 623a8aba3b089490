"""What a head that finds centres should say of each cell."""

import torch
from torch import Tensor

from lightning_contrast.metrics.boxes import area, centre_cells

WIDE = 0.54  # of the box: the part around its centre that is below the Gaussian


def targets(label: Tensor, side: int, classes: int) -> tuple[Tensor, Tensor, Tensor]:
    r"""Heat maps ``(r, t, classes)``, and the weight ``(r, t)`` and box ``(r, t, 4)`` of each cell.

    .. math:: g = \exp(-\frac{x^2}{2 \sigma_w^2} - \frac{y^2}{2 \sigma_h^2}), \quad
        \sigma_w = 0.54\,w / 6

    x and y are the distances of a cell from the one of the box's centre, w and h the sides of the
    box, all in cells; g is cut off where it leaves the middle 0.54 of the box. A cell below several
    Gaussians has the smallest of their boxes. The weights of the cells of a box sum to 1.

    ``label (r, m, 5)``: class, or -1 for none, and box as shares of the image.

    >>> label = torch.tensor([[[0, 0.0, 0.0, 1.0, 1.0]]])
    >>> heat, weight, box = targets(label, 3, 1)
    >>> heat.flatten().round(decimals=2)[3:6], weight.sum().item(), box[0, 4].tolist()
    (tensor([0., 1., 0.]), 1.0, [0.0, 0.0, 1.0, 1.0])
    """
    known, box = label[..., 0] >= 0, label[..., 1:]
    cell = torch.arange(side * side, device=label.device)
    centre = centre_cells(box, side)[..., None]
    x, y = cell % side - centre % side, cell // side - centre // side  # (r, m, t)
    wide, high = (((box[..., 2:] - box[..., :2]) * side * WIDE).clamp_min(1e-6)).unbind(-1)
    wide, high = wide[..., None], high[..., None]
    gauss = torch.exp(-18 * ((x / wide) ** 2 + (y / high) ** 2))
    inside = (x.abs() <= wide / 2) & (y.abs() <= high / 2) & known[..., None]
    gauss = torch.where(inside | ((x == 0) & (y == 0) & known[..., None]), gauss, 0)
    heat = gauss.new_zeros(len(label), classes, side * side)
    number = label[..., :1].long().clamp_min(0).expand_as(gauss)
    heat = heat.scatter_reduce(1, number, gauss, "amax")
    size = torch.where(gauss > 0, area(box)[..., None], torch.inf)
    owner = size.argmin(1)  # (r, t)
    weight = gauss.gather(1, owner[:, None])[:, 0]
    total = weight.new_zeros(known.shape).scatter_add(1, owner, weight).clamp_min(1e-9)
    own = box.gather(1, owner[..., None].expand(-1, -1, 4))
    return heat.transpose(1, 2), weight / total.gather(1, owner), own
