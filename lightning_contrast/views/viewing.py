"""Views of a batch, on its device."""

from collections.abc import Callable

import torch
from torch import Tensor

from lightning_contrast.data.inputs import apply
from lightning_contrast.types import Batch, Inputs


def viewed(batch: Batch, view: Callable[..., Inputs]) -> Batch:
    """The batch with every row seen through ``view``: uint8 images become floats in [0, 1] first.

    Anchors, positives and negatives go through in one call (negatives flattened and restored), each
    row with its own random parameters, so the views of one row are independent. A view that
    ``sees_parts`` is told how many rows are anchors, positives and negatives.

    >>> from lightning_contrast.types import Examples
    >>> rows = Examples(torch.zeros(2, 1), torch.zeros(2), torch.arange(2))
    >>> none = Examples(torch.zeros(2, 0, 1), torch.zeros(2, 0), torch.zeros(2, 0))
    >>> viewed(Batch(rows, rows, none), torch.rand_like).anchor.inputs.shape
    torch.Size([2, 1])
    """
    if not batch.positive.label.numel() and not batch.negative.label.numel():
        inputs = view(as_float(batch.anchor.inputs))
        return batch._replace(anchor=batch.anchor._replace(inputs=inputs))
    n, k = batch.negative.label.shape
    sizes = [n, len(batch.positive.label), n * k]

    def joined(*parts: Tensor) -> Tensor:
        return torch.cat((*parts[:2], parts[2].flatten(0, 1)))

    rows = as_float(apply(joined, *(part.inputs for part in batch)))
    rows = view(rows, sizes) if getattr(view, "sees_parts", False) else view(rows)
    anchor, positive, negative = (
        apply(lambda tensor, i=i: tensor.split(sizes)[i], rows) for i in range(3)
    )
    negative = apply(lambda tensor: tensor.unflatten(0, (n, k)), negative)
    return Batch(
        batch.anchor._replace(inputs=anchor),
        batch.positive._replace(inputs=positive),
        batch.negative._replace(inputs=negative),
    )


def as_float(inputs: Inputs) -> Inputs:
    """Uint8 images as floats in [0, 1]; everything else as it is.

    >>> as_float(torch.tensor([255], dtype=torch.uint8))
    tensor([1.])
    """
    return apply(lambda t: t / 255 if t.dtype == torch.uint8 else t, inputs)
