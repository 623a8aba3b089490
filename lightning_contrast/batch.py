"""A batch is one block of rows: anchors, then positives, then negatives. Slots tell them apart."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.runtime.distributed import rank
from lightning_contrast.types import Inputs, Mixed, Role, Rows

POSITIVES = 8  # of an anchor, at most
SLOTS = POSITIVES * len(Role)  # of a sample
SAMPLE_BITS = 17  # 131,072 samples on each of 512 ranks have different slots in 32 bits
NO_INDEX = -1  # of a row that no source holds: it is nothing's positive
NO_SLOT = -1  # of a row that no batch holds: it is never an anchor's own row
PLACE = 32  # the bit from which on a slot, or an index, holds the place in a sample
SHARE, WHOLE = PLACE + 24, 2**7 - 1  # the highest seven bits of a slot hold how much a place counts


class Examples(NamedTuple):
    """Raw or tokenised rows with their label (-1: unlabelled) and the index of their source row.

    The pair of a row (``positives=paired``) goes under the row's own index.
    """

    inputs: Any
    label: Tensor
    index: Tensor  # type: ignore[assignment]  # tuple.index gives way


class Counts(NamedTuple):
    """``n`` samples, ``p`` positives of each, ``k`` explicit negatives of each."""

    n: int
    p: int
    k: int


class Batch(NamedTuple):
    """What every LightningDataModule emits: one block of ``r = n (1 + p + k)`` rows.

    ``inputs (r, ...)``; ``label`` and ``index`` are ``(r,)``, int64. The n anchors come first, then
    one positive of each, then perhaps another of each, at last the k negatives of the first anchor,
    those of the second, and so on. ``anchor``, ``positive`` and ``negative`` are views of them.

    Where each place of a sample has a label (a token, a cell), ``label`` is ``(r, t)``: -1 for a
    place without one, -2 for padding. Where samples have boxes it is ``(r, m, 5)``, float32: class
    (-1 for padding), left, top, right and bottom, as shares of the image. ``places`` are these
    labels on the host, where rows are chosen (``units``) without a wait for the device; None where
    a sample has one label.
    """

    inputs: Any
    label: Tensor
    index: Tensor  # type: ignore[assignment]
    counts: Counts
    places: np.ndarray | None = None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many rows are anchors, positives and negatives."""
        n, p, k = self.counts
        return n, n * p, n * k

    @property
    def boxes(self) -> np.ndarray | None:
        """The boxes of the samples, ``(r, m, 5)``, on the host; None where they have none."""
        return self.places if self.places is not None and self.places.ndim == 3 else None

    @property
    def anchor(self) -> Examples:
        """The anchors ``(n, ...)``."""
        return self._rows(0, self.counts.n)

    @property
    def positive(self) -> Examples:
        """Their positives ``(p n, ...)``; without any, the other rows of a class are positives."""
        anchors, positives, _ = self.sizes
        return self._rows(anchors, positives)

    @property
    def negative(self) -> Examples:
        """Their explicit negatives ``(n, k, ...)``, of several modalities ``(n k, ...)``."""
        n, _, k = self.counts
        anchors, positives, negatives = self.sizes
        flat = self._rows(anchors + positives, negatives)
        inputs = flat.inputs
        if not isinstance(inputs, Mixed):
            inputs = apply(lambda rows: rows.view(n, k, *rows.shape[1:]), inputs)
        return Examples(
            inputs,
            flat.label.view(n, k, *flat.label.shape[1:]),
            flat.index.view(n, k),
        )

    def to(self, device: torch.device) -> "Batch":
        """The batch on a device."""
        inputs = apply(lambda rows: rows.to(device), self.inputs)
        return self._replace(
            inputs=inputs, label=self.label.to(device), index=self.index.to(device)
        )

    def alone(self) -> "Batch":
        """The anchors without their positives and negatives."""
        places = None if self.places is None else self.places[: self.counts.n]
        return Batch(*self.anchor, Counts(self.counts.n, 0, 0), places)

    def _rows(self, start: int, count: int) -> Examples:
        if count == len(self.label):  # a cut costs a step of the gradient
            return Examples(self.inputs, self.label, self.index)

        stop = start + count
        return Examples(
            cut(self.inputs, start, stop), self.label[start:stop], self.index[start:stop]
        )


def apply(operation: Callable[..., Tensor], *inputs: Inputs) -> Inputs:
    """``operation`` on tensors, or on each entry of token dicts with the same keys; on each tensor
    of inputs of several modalities.

    >>> apply(torch.add, {"a": torch.ones(1)}, {"a": torch.ones(1)})
    {'a': tensor([2.])}
    """
    first = inputs[0]
    if isinstance(first, Mixed):
        return first.each(operation)
    if isinstance(first, dict):
        return {key: operation(*(part[key] for part in inputs)) for key in first}  # type: ignore[index]
    return operation(*inputs)


def cut(inputs: Inputs, start: int, stop: int | None = None) -> Inputs:
    """The rows of inputs from ``start`` on, up to ``stop``.

    >>> cut({"a": torch.arange(4)}, 1, 3)
    {'a': tensor([1, 2])}
    """
    if isinstance(inputs, Mixed):
        return inputs.cut(start, stop)
    return apply(lambda rows: rows[start:stop], inputs)


def count(inputs: Inputs) -> int:
    """The number of rows of inputs.

    >>> count({"a": torch.arange(4)})
    4
    """
    return len(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)


def as_float(inputs: Inputs) -> Inputs:
    """Uint8 images as floats in [0, 1]; everything else as it is.

    >>> as_float(torch.tensor([255], dtype=torch.uint8))
    tensor([1.])
    """
    return apply(lambda t: t / 255 if t.dtype == torch.uint8 else t, inputs)


def viewed(batch: Batch, view: Any) -> Batch:
    """The batch as training sees it: all rows in one call, each with its own random numbers.

    A view that ``sees_parts`` is told how many rows are anchors, positives and negatives.
    """
    inputs = as_float(batch.inputs)
    parts = (batch.sizes,) if view.sees_parts else ()
    return batch._replace(inputs=view(inputs, *parts))


def rows_of(batch: Batch, vectors: Tensor) -> Rows:
    """The rows of a batch with their embedding: ``vectors (r, d)``, made unit vectors."""
    return Rows(normalized(vectors), *columns(batch))


def normalized(vectors: Tensor) -> Tensor:
    """Vectors ``(..., d)`` divided by their norm; one of zeros stays, and has a gradient of zero.

    >>> normalized(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    norm = vectors.norm(dim=-1, keepdim=True)
    least = max(1e-6, torch.finfo(vectors.dtype).tiny)  # below that the slope overflows
    return vectors / torch.where(norm > least, norm, torch.inf)


def columns(batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Label, index, role and slot of every row: what ``Rows`` holds beside the embedding.

    They are int32: half the width compares twice as fast, and a pairing does nothing else.
    """
    role, slot = slots(batch.counts, rank(), batch.label.device)
    return batch.label.int(), batch.index.int(), role, slot


def place_columns(batch: Batch, row: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Index, role and slot of places: of row ``row (R,)`` of the batch, place ``place (R,)`` in it.

    Index and slot are int64, those of the sample with the place from bit ``PLACE`` on: places of
    one sample differ, and ``sample_of`` finds what they have in common.
    """
    role, slot = slots(batch.counts, rank(), batch.label.device)
    behind = place << PLACE
    return batch.index[row] + behind, role[row], slot[row] + behind


def with_share(slot: Tensor, share: Tensor) -> Tensor:
    """Slots of places with how much each counts, from 0 to 1, kept to a hundredth."""
    return slot + ((WHOLE * share).round().long() << SHARE)


def share_of(slot: Tensor) -> Tensor:
    """How much each place counts.

    >>> share_of(with_share(torch.tensor([5, 5]), torch.tensor([0.0, 0.7])))
    tensor([0.0000, 0.7008])
    """
    return (slot >> SHARE) / WHOLE


@lru_cache(maxsize=16)
def slots(counts: Counts, rank: int, device: torch.device | None = None) -> tuple[Tensor, Tensor]:
    """Role and slot, int32 ``(r,)``, of every row of a batch with these counts.

    A slot is ``SLOTS * sample + 4 * copy + role``: the place of the sample among those of all
    ranks, which of its positives, and the role. So slots tell every anchor and positive from every
    other row, on any number of ranks; the k negatives of one sample share a slot.

    >>> role, slot = slots(Counts(n=2, p=1, k=1), rank=0)
    >>> role.tolist(), slot.tolist()
    ([0, 0, 1, 1, 2, 2], [0, 32, 1, 33, 2, 34])
    """
    n, p, k = counts
    if p > POSITIVES:
        raise InputError(f"a row has {POSITIVES} positives at most, got {p}: draw fewer of them")
    own = torch.arange(n, device=device)
    sample = torch.cat([own.repeat(1 + p), own.repeat_interleave(k)]) + (rank << SAMPLE_BITS)
    first = torch.arange(p, device=device).repeat_interleave(n)
    copy = torch.cat([own.new_zeros(n), first, own.new_zeros(n * k)])
    roles = [(n, Role.ANCHOR), (n * p, Role.POSITIVE), (n * k, Role.NEGATIVE)]
    role = torch.cat([own.new_full((rows,), int(name)) for rows, name in roles]).int()
    return role, (SLOTS * sample + len(Role) * copy).int() + role


def sample_of(slot: Tensor) -> Tensor:
    """Which sample of all ranks' batches each row was drawn for; below 0 for ``NO_SLOT``."""
    own = slot.int()  # without the place, where there is one
    return own >> (SLOTS.bit_length() - 1)  # a division would run entry by entry


def first(features: Tensor, count: int) -> Tensor:
    """The first rows; all of them as they are, since a cut costs a step of the gradient."""
    return features if len(features) == count else features[:count]


def anchor_rows(rows: Rows, batch: Batch, symmetric: bool, pair_sums: bool) -> Rows:
    """The rows that act as anchors: a prefix, since negatives stand last.

    With ``symmetric`` the positives are among them; with ``pair_sums`` each is the sum of a row and
    its (first) drawn positive.
    """
    anchors, positives, _ = batch.sizes
    if pair_sums:
        own = Rows(*(column[:anchors] for column in rows))
        return own._replace(embedding=own.embedding + rows.embedding[anchors : 2 * anchors])
    return first_rows(rows, anchors + positives if symmetric else anchors)


def first_rows(rows: Rows, count: int) -> Rows:
    """The first rows; all of them as they are."""
    return rows if count == len(rows.label) else Rows(*(column[:count] for column in rows))
