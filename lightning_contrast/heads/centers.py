"""Finds objects by their centres: a class and a box for each cell, without anchors."""

from math import isqrt
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, max_pool2d

from lightning_contrast.config.ranges import Count, NotNegative, Range
from lightning_contrast.errors import InputError
from lightning_contrast.heads._targets import targets
from lightning_contrast.heads._wide import wide
from lightning_contrast.heads.head import FoundBoxes, Head
from lightning_contrast.metrics.boxes import at_centres, generalized_overlap, kept
from lightning_contrast.types import Answer

LARGEST = 6.0  # of the logarithm of a side, in cells
RARE = -2.19  # the logit of a centre before training: a tenth


class Centers(Head):
    r"""A heat map of centres for each class, ``(r, t, f) -> (r, t, classes)``, and a box a cell.

    .. math::
        L = \frac{1}{N} \sum_{\text{cells}, y}
        \begin{cases} -(1 - p)^2 \log p & h = 1 \\ -(1 - h)^4 p^2 \log(1 - p) & h < 1 \end{cases}
        + \frac{w}{N} \sum_b \sum_{j \in b} g_{bj} (1 - \mathrm{GIoU}(b_j, b)) / \sum_j g_{bj}

    The target :math:`h` is 1 in the cell that holds a box's centre, and falls off around it as a
    Gaussian g as wide as the box; :math:`b_j` is the box that cell j gives, by its middle and the
    logarithms of its sides. N is the number of boxes; a batch without any has a loss of 0.

    Boxes are found where the heat map is largest among the 3 x 3 cells around, and of those that
    overlap by more than ``overlap`` the surest stays.

    Args:
        in_features: feature width ``f``.
        classes: number of classes.
        width: of the hidden layer.
        box_weight: ``w``.
        overlap: of two boxes of one class, above which the less sure one is dropped.
        most: boxes of an image.

    Raises:
        InputError: the grid is no square.

    Source: Zhou et al. 2019, "Objects as Points" (arXiv 1904.07850); the Gaussian, and boxes from
    the cells below it: Liu et al. 2019, TTFNet (arXiv 1909.00700).

    >>> head = Centers(4, classes=3)
    >>> label = torch.tensor([[[2, 0.0, 0.0, 0.5, 0.5], [-1, 0, 0, 0, 0]]])
    >>> head(torch.zeros(1, 16, 4)).shape, head.loss(torch.zeros(1, 16, 4), label)[1].item()
    (torch.Size([1, 16, 3]), 1.0)
    """

    answer = Answer.BOXES

    def __init__(
        self,
        in_features: Count,
        classes: Count,
        width: Count = 64,
        box_weight: NotNegative = 5.0,
        overlap: Annotated[float, Range(above=0, most=1)] = 0.5,
        most: Count = 100,
    ) -> None:
        super().__init__()
        self.in_features, self.classes, self.width = in_features, classes, width
        self.box_weight, self.overlap, self.most = box_weight, overlap, most
        self.hidden = nn.Sequential(nn.Linear(in_features, width), nn.ReLU(inplace=True))
        self.heat, self.sides = nn.Linear(width, classes), nn.Linear(width, 4)
        nn.init.constant_(self.heat.bias, RARE)

    def forward(self, features: Tensor) -> Tensor:
        """The logit of each class being centred in a cell."""
        return self.heat(self.hidden(features))

    def boxes(self, features: Tensor) -> Tensor:
        """The box of each cell, ``(r, t, 4)``, as shares of the image."""
        return self._boxes(self.hidden(features))

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The loss times the number of boxes, and that number; ``target (r, m, 5)``."""
        hidden = self.hidden(features)
        logits, boxes = wide(self.heat(hidden)), self._boxes(hidden)
        heat, weight, own = targets(target, side_of(features), self.classes)
        sure, unsure = logsigmoid(logits), logsigmoid(-logits)
        at_centre = unsure.exp() ** 2 * sure
        around = (1 - heat) ** 4 * sure.exp() ** 2 * unsure
        focal = -torch.where(heat == 1, at_centre, around).sum()
        apart = ((1 - generalized_overlap(boxes, own)) * weight).sum()
        return focal + self.box_weight * apart, (target[..., 0] >= 0).sum(dtype=focal.dtype)

    def running(self) -> Any:
        from lightning_contrast.metrics.running import running_metrics  # torchmetrics: training's

        return running_metrics(0)  # boxes are judged by callbacks=[default,boxes]

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """The logits in the cells of the boxes' centres, and the boxes' classes."""
        own, number, _ = at_centres(features, label)
        return self(own), number

    @torch.no_grad()
    def found(self, features: Tensor) -> FoundBoxes:
        """The surest ``most`` boxes of each row, of ``features (r, t, f)``."""
        hidden = self.hidden(features)
        rows, side = len(hidden), side_of(features)
        chance = wide(self.heat(hidden)).sigmoid()
        maps = chance.transpose(1, 2).reshape(rows, self.classes, side, side)
        peak = max_pool2d(maps, 3, stride=1, padding=1) == maps
        ranked, at = (maps * peak).flatten(1).topk(min(self.most, maps[:1].numel()))
        label, cell = at // (side * side), at % (side * side)
        box = self._boxes(hidden).clamp(0, 1).gather(1, cell[:, :, None].expand(-1, -1, 4))
        stays = kept(box, label, self.overlap)
        return FoundBoxes(box, label, torch.where(stays, ranked, 0))

    def _boxes(self, hidden: Tensor) -> Tensor:
        raw = wide(self.sides(hidden))
        side = side_of(raw)
        cell = torch.arange(side * side, device=raw.device)
        centre = torch.stack((cell % side, cell // side), 1) + 0.5 + raw[..., :2]
        half = raw[..., 2:].clamp(max=LARGEST).exp() / 2
        return torch.cat((centre - half, centre + half), -1) / side


def side_of(features: Tensor) -> int:
    """Cells across and down of ``features (r, t, f)``; raises ``InputError`` unless both are equal.

    >>> side_of(torch.zeros(1, 16, 4))
    4
    """
    side = isqrt(features.shape[1])
    if side * side != features.shape[1]:
        raise InputError(
            f"head Centers needs a grid with as many cells across as down, and the encoder gives "
            f"{features.shape[1]} cells: take images of equal height and width"
        )
    return side
