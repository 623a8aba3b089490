"""A row is a span of tokens, such as the name of a person."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from lightning_contrast.batch import Batch, place_columns
from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.types import Rows
from lightning_contrast.units._places import (
    Places,
    check_named,
    kinds,
    number_of,
    ordered,
    place_labels,
    sent,
    types_of,
)
from lightning_contrast.units.unit import Unit


class Span(Unit):
    r"""A row is the mean of a span's tokens: ``(r, t, f) -> (R, f)``.

    .. math:: h_s = \frac{1}{|s|} \sum_{j \in s} h_j

    A span is a token of a class ``B-x`` and those of ``I-x`` behind it; its label is the number of
    ``B-x``, and its place that of its first token. A background row is one token.

    Args:
        background: a class that is a candidate and never an anchor; None: spans alone are rows.
        background_per_positive: background tokens drawn for each span; None: all.
        names: of the classes.

    Raises:
        InputError: the background is no class; the data has no labels of places, or other ones.

    >>> import torch
    >>> from lightning_contrast.batch import Batch, Counts
    >>> label = np.array([[0, 1, 2, 1]])
    >>> batch = Batch(None, torch.tensor(label), torch.tensor([7]), Counts(1, 0, 0), label)
    >>> rows = Span(names=["O", "B-a", "I-a"])(torch.arange(4.0).view(1, 4, 1), batch)
    >>> rows.label.tolist(), rows.embedding.flatten().tolist()
    ([1, 1, 0], [1.5, 3.0, 0.0])
    """

    modality = "text"
    reads_places = True
    needs_place_labels = True

    def __init__(
        self,
        background: str | None = "O",
        background_per_positive: NotNegative | None = 3.0,
        names: Sequence[str] = (),
    ) -> None:
        self.background, self.background_per_positive = background, background_per_positive
        self.names = list(names)
        self._number, self._types = number_of(background, names), types_of(names)
        self._begins = np.array([*(name.startswith("B-") for name in names), False, False])

    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        found, length = self._spans(place_labels(batch, "span"))
        chosen = ordered(found, batch, self._number, self.background_per_positive)
        wide = features.shape[1]
        times = length[chosen.row, chosen.place]
        owner = np.repeat(np.arange(len(times)), times)
        behind = np.arange(len(owner)) - np.repeat(np.cumsum(times) - times, times)
        member = (chosen.row * wide + chosen.place)[owner] + behind
        row, place, label = sent(features, *chosen)
        at, of, size = sent(features, member, owner, times)
        flat = features.flatten(0, 1).index_select(0, at)
        total = flat.new_zeros(len(label), flat.shape[1]).index_add(0, of, flat)
        return Rows(total / size[:, None], label.int(), *place_columns(batch, row, place))

    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        kind = kinds(self._spans(place_labels(batch, "span"))[0], batch, self._number)
        return int(np.count_nonzero(kind <= int(symmetric)))

    def _spans(self, label: np.ndarray) -> tuple[Places, np.ndarray]:
        """The spans and background places, and the length ``(r, t)`` of what begins at a place."""
        check_named(label, self.names)
        kind = self._types[label]
        before = np.pad(kind, ((0, 0), (1, 0)), constant_values=-1)[:, :-1]
        start = (kind >= 0) & (self._begins[label] | (kind != before))
        if self._number is not None:
            start |= label == self._number
        # A span ends before the next start, and before what belongs to no span.
        width = label.shape[1]
        ends = np.pad(start | (kind < 0), ((0, 0), (0, 1)), constant_values=True)
        column = np.where(ends, np.arange(width + 1), width + 1)[:, ::-1]
        following = np.minimum.accumulate(column, axis=1)[:, ::-1][:, 1:]
        row, place = np.nonzero(start)
        own = np.where(kind >= 0, kind, label)[row, place]
        return Places(row, place, own), following - np.arange(width)
