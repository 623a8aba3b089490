"""A few large crops and several small ones of each image."""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch import Tensor

from lightning_contrast.batch import POSITIVES
from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.errors import InputError
from lightning_contrast.views.view import View

Crops = Annotated[int, Range(least=2, most=POSITIVES + 1)]


class MultiCrop(View):
    """Sees the first ``global_crops`` views of a row through one view, the rest through another.

    The anchor is the first crop of its row, its positives are the others (``positives=view`` draws
    as many as there are crops), explicit negatives are seen globally, as are rows for which no
    positive is drawn. All crops are resampled to the images' own size, so that one pass of the
    encoder takes them; SwAV makes local crops smaller, which costs less. Every crop is an anchor
    and a positive of every other; SwAV's targets are of the global ones alone.

    Args:
        global_view: ``(r, C, H, W) -> (r, C, H, W)``, of most of an image.
        local_view: likewise, of a small part.
        crops: of a row, 2 to 9.
        global_crops: how many of them are global; 1 makes all positives local.

    Raises:
        InputError: not ``1 <= global_crops <= crops``, or rows with another number of positives.

    Source: Caron et al. 2020 (SwAV, arXiv 2006.09882).

    >>> from lightning_contrast.views.identity import Identity
    >>> MultiCrop(Identity(), torch.zeros_like, crops=3)(torch.ones(6), (2, 4, 0)).tolist()
    [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """

    modality = "image"
    sees_parts = True

    def __init__(
        self, global_view: Any, local_view: Any, crops: Crops = 6, global_crops: Count = 2
    ) -> None:
        super().__init__()
        if global_crops > crops:
            raise InputError(
                f"view.global_crops must be at most view.crops={crops}, got {global_crops}: set "
                "view.crops=6 view.global_crops=2"
            )
        self.global_view, self.local_view = global_view, local_view
        self.crops, self.global_crops = crops, global_crops

    def forward(self, inputs: Tensor, parts: Sequence[int] | None = None) -> Tensor:
        """``parts``: how many rows are anchors, positives, negatives, in this order."""
        anchors, positives, _ = parts or (len(inputs), 0, 0)
        if positives and positives != anchors * (self.crops - 1):
            raise InputError(
                f"view.crops={self.crops} needs {self.crops - 1} positives a row, all views of it, "
                f"got {positives // anchors}: set positives=view positives.views=null"
            )
        start = min(anchors * self.global_crops, anchors + positives)
        sizes = [start, anchors + positives - start, len(inputs) - anchors - positives]
        first, local, last = inputs.split(sizes)
        seen = self.global_view(torch.cat((first, last)) if len(last) else first)
        first, last = seen.split([len(first), len(last)])
        return torch.cat((first, self.local_view(local), last)) if len(local) else seen
