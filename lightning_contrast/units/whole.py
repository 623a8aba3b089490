"""A row is a whole sample."""

from torch import Tensor

from lightning_contrast.batch import Batch, anchor_rows, columns
from lightning_contrast.types import Rows
from lightning_contrast.units.unit import Unit


class Whole(Unit):
    """A row is a whole sample: a text, an image.

    >>> import torch
    >>> from lightning_contrast.batch import Batch, Counts
    >>> number = torch.arange(3)
    >>> Whole()(torch.eye(3), Batch(None, number, number, Counts(3, 0, 0))).label.tolist()
    [0, 1, 2]
    """

    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        return Rows(features, *columns(batch))

    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        anchors, positives, _ = batch.sizes
        return anchors + positives if symmetric else anchors

    def anchors(self, rows: Rows, batch: Batch, symmetric: bool, pair_sums: bool) -> Rows:
        return anchor_rows(rows, batch, symmetric, pair_sums)
