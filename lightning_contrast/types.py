"""The types that every part of the package speaks, and the legend of its dimension letters.

======  =====================================================
letter  meaning
======  =====================================================
``n``   samples on this rank
``k``   explicit negatives a sample (0: the rest of the batch)
``r``   rows that go through the encoder, ``n * (views + k)``
``a``   anchor rows
``c``   candidate rows
``f``   feature width (encoder output)
``d``   embedding width (projector output, unit norm)
======  =====================================================
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np
from torch import Tensor

Inputs = Tensor | dict[str, Tensor]
"""Images ``(n, C, H, W)``, or a token dict: ``input_ids``, ``attention_mask``, each ``(n, T)``."""


class Role(IntEnum):
    """What a row is in its batch."""

    ANCHOR = 0
    POSITIVE = 1
    NEGATIVE = 2
    PROTOTYPE = 3


class Rows(NamedTuple):
    """Embedded rows, unit norm, with what a pairing may look at.

    ``embedding (r, d)``; ``label``, ``index``, ``role``, ``slot`` are ``(r,)``, best as int32 (half
    the width compares twice as fast). ``slot`` says where in the batch of all ranks a row came from
    (see ``batch.slots``), so that no row is its own pair.
    """

    embedding: Tensor
    label: Tensor
    index: Tensor  # type: ignore[assignment]  # tuple.index gives way
    role: Tensor
    slot: Tensor


class Pairs(NamedTuple):
    """Two disjoint boolean masks ``(a, c)``; a pair in neither is ignored.

    ``single`` says that no row has more than one of each (or equally similar ones), as after mining
    the hardest: known before the masks are, it lets a loss take a shorter way.
    """

    positive: Tensor
    negative: Tensor
    single: bool = False


class Draw(NamedTuple):
    """One batch of a sampler: row indices ``(n,)`` and the seed for what else is drawn for it."""

    index: np.ndarray  # type: ignore[assignment]
    seed: int


class Images(Protocol):
    """Images by row number: ``images[index] -> uint8 (n, C, H, W)``."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: np.ndarray) -> Tensor: ...


class Made(NamedTuple):
    """Negatives made for one anchor each: ``embedding (a, s, d)`` and ``valid (a, s)``.

    Row ``i`` is the negative of anchor ``i`` and no pair of any other: it has neither label nor
    index. Where ``valid`` is False there was nothing to make it of, and it is ignored.
    """

    embedding: Tensor
    valid: Tensor


class Labelled(NamedTuple):
    """The rows of a source.

    ``raw``: a list of texts, or ``Images``. ``label (N,)`` int64, -1 where unlabelled. ``group``:
    ``(N,)`` int64, rows that share one stay on one side of the split (all different: ungrouped).
    ``split``: ``(N,)`` int8, 0 train, 1 validation, 2 test, -1 to be split, -2 on no side: the pair
    of another row, such as an answer. ``counts``: what the source wants reported (rows skipped,
    duplicates dropped). ``pair``: ``(N,)`` int64, the row that is each row's pair, its own number
    where it has none; None where no row has one. A pair has the label and group of its row.
    ``attributes``: what else is known of each row, by name, texts ``(N,)``: evaluation groups rows
    by it (``protocols=fairness``). None where nothing is.
    """

    raw: Sequence[str] | Images
    label: np.ndarray
    classes: tuple[str, ...]
    group: np.ndarray
    split: np.ndarray
    counts: dict[str, int]
    pair: np.ndarray | None = None
    attributes: Mapping[str, np.ndarray] | None = None


class Embedded(NamedTuple):
    """A split after the encoder: CPU float32 ``features (N, f)``, ``embedding (N, d)``,
    ``logits (N, classes)``, with ``label (N,)`` and ``index (N,)``."""

    features: Tensor
    embedding: Tensor
    logits: Tensor
    label: Tensor
    index: Tensor  # type: ignore[assignment]  # tuple.index gives way
