"""A row is a cell of an image's grid."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from lightning_contrast.batch import Batch
from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.types import Rows
from lightning_contrast.units._places import (
    Places,
    kinds,
    labelled_places,
    number_of,
    ordered,
    rows_at,
)
from lightning_contrast.units.unit import Unit


class Cell(Unit):
    """A row is a cell of the grid that a dense encoder of images gives: ``(r, t, f) -> (R, f)``.

    Where the data has labels of cells, a cell without one is no row. Where it has not, every cell
    has the label of its image, or none where the image has boxes. The index of a cell names the
    image and the cell, so that with ``pairing=instance`` the same cell of another view is the
    positive: right for views that move nothing.

    Args:
        background: a class that is a candidate and never an anchor; None: every class is both.
        background_per_positive: background cells drawn for each other cell; None: all.
        names: of the classes.

    Raises:
        InputError: the background is no class.

    >>> import torch
    >>> from lightning_contrast.batch import Batch, Counts
    >>> batch = Batch(None, torch.tensor([3, 5]), torch.tensor([0, 1]), Counts(2, 0, 0))
    >>> Cell()(torch.rand(2, 2, 7), batch).label.tolist()
    [3, 3, 5, 5]
    """

    modality = "image"
    reads_places = True

    def __init__(
        self,
        background: str | None = None,
        background_per_positive: NotNegative | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.background, self.background_per_positive = background, background_per_positive
        self.names = list(names)
        self._number = number_of(background, names)

    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        if batch.places is None or batch.boxes is not None:
            rows, cells = features.shape[:2]
            row, cell = np.repeat(np.arange(rows), cells), np.tile(np.arange(cells), rows)
            found = rows_at(features, batch, Places(row, cell, np.full_like(row, -1)))
            if batch.boxes is not None:
                return found
            return found._replace(label=batch.label.int().repeat_interleave(cells))
        places = labelled_places(batch.places)
        return rows_at(
            features, batch, ordered(places, batch, self._number, self.background_per_positive)
        )

    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        if batch.places is None or batch.boxes is not None:
            anchors, positives, _ = batch.sizes
            cells = len(rows.label) // max(len(batch.label), 1)
            return cells * (anchors + positives * symmetric)
        kind = kinds(labelled_places(batch.places), batch, self._number)
        return int(np.count_nonzero(kind <= int(symmetric)))
