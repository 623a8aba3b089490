"""A row is a token of a text."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from lightning_contrast.batch import Batch
from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.types import Rows
from lightning_contrast.units._places import (
    Places,
    check_named,
    kinds,
    labelled_places,
    number_of,
    ordered,
    place_labels,
    rows_at,
    types_of,
)
from lightning_contrast.units.unit import Unit


class Token(Unit):
    """A row is a token with a label: ``(r, t, f) -> (R, f)``.

    Its index names the text and the place in it. A token without a label, and padding, is no row.

    Args:
        background: a class that is a candidate and never an anchor; None: every class is both.
        background_per_positive: background tokens drawn for each other token; None: all.
        merged: ``B-`` and ``I-`` of a type are one class: the first (as of Das et al. 2022).
        names: of the classes.

    Raises:
        InputError: the background is no class; the data has no labels of places.

    Source: Das et al. 2022, "CONTaiNER" (arXiv 2109.07589), with a Gaussian for each token there.

    >>> import torch
    >>> from lightning_contrast.batch import Batch, Counts
    >>> label = np.array([[0, 1, 2, -2]])
    >>> batch = Batch(None, torch.tensor(label), torch.tensor([7]), Counts(1, 0, 0), label)
    >>> rows = Token(names=["O", "B-a", "I-a"])(torch.rand(1, 4, 5), batch)
    >>> rows.label.tolist(), rows.embedding.shape
    ([1, 2, 0], torch.Size([3, 5]))
    """

    modality = "text"
    reads_places = True
    needs_place_labels = True

    def __init__(
        self,
        background: str | None = "O",
        background_per_positive: NotNegative | None = None,
        merged: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        self.background, self.background_per_positive = background, background_per_positive
        self.merged, self.names = merged, list(names)
        self._number, self._types = number_of(background, names), types_of(names)

    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        places = self._places(batch)
        return rows_at(
            features, batch, ordered(places, batch, self._number, self.background_per_positive)
        )

    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        kind = kinds(self._places(batch), batch, self._number)
        return int(np.count_nonzero(kind <= int(symmetric)))

    def _places(self, batch: Batch) -> Places:
        places = labelled_places(place_labels(batch, "token"))
        if not self.merged:
            return places
        check_named(places.label, self.names)
        first = self._types[places.label]
        return places._replace(label=np.where(first >= 0, first, places.label))
