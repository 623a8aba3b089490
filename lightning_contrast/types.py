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

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, IntEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor


class Mixed:
    """Inputs of several modalities: ``parts[name]`` fills the rows ``rows[name]``, ascending.

    The row numbers stay on the host, so that a cut never waits for the device.

    >>> mixed = Mixed({"a": torch.zeros(2, 1), "b": torch.ones(1, 1)},
    ...               {"a": np.array([0, 2]), "b": np.array([1])})
    >>> len(mixed), mixed.cut(1, 3).rows["a"].tolist(), mixed.in_order(mixed.parts).flatten()
    (3, [1], tensor([0., 1., 0.]))
    """

    def __init__(
        self, parts: Mapping[str, Tensor | dict[str, Tensor]], rows: Mapping[str, np.ndarray]
    ) -> None:
        self.parts, self.rows = dict(parts), dict(rows)

    def __len__(self) -> int:
        return sum(map(len, self.rows.values()))

    def each(self, operation: Callable[[Tensor], Tensor]) -> "Mixed":
        """``operation`` on every tensor."""
        return Mixed(
            {
                name: {key: operation(value) for key, value in part.items()}
                if isinstance(part, dict)
                else operation(part)
                for name, part in self.parts.items()
            },
            self.rows,
        )

    def cut(self, start: int, stop: int | None = None) -> "Mixed":
        """The rows from ``start`` on, up to ``stop``."""
        ends = [start, len(self) if stop is None else min(stop, len(self))]
        parts, rows = {}, {}
        for name, part in self.parts.items():
            low, high = np.searchsorted(self.rows[name], ends).tolist()
            if low < high:
                rows[name] = self.rows[name][low:high] - start
                one = Mixed({name: part}, {}).each(lambda rows, a=low, b=high: rows[a:b])  # type: ignore[misc]
                parts[name] = one.parts[name]
        return Mixed(parts, rows)

    def in_order(self, columns: Mapping[str, Tensor]) -> Tensor:
        """What was made of each part, ``(rows of it, ...)``, as the rows stand: ``(r, ...)``."""
        joined = torch.cat([columns[name] for name in self.rows])
        place = np.argsort(np.concatenate(list(self.rows.values())))
        if (np.diff(place) > 0).all():  # one part behind the other
            return joined
        return joined[torch.from_numpy(place).to(joined.device, non_blocking=True)]

    def to(self, device: torch.device, non_blocking: bool = False) -> "Mixed":
        """The inputs on a device."""
        return self.each(lambda rows: rows.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "Mixed":
        """The inputs in memory that a GPU copies from while it computes."""
        return self.each(Tensor.pin_memory)


Inputs = Tensor | dict[str, Tensor] | Mixed
"""Images ``(n, C, H, W)``, a token dict (``input_ids``, ``attention_mask``, each ``(n, T)``), or
both."""


class Role(IntEnum):
    """What a row is in its batch."""

    ANCHOR = 0
    POSITIVE = 1
    NEGATIVE = 2
    PROTOTYPE = 3


class Answer(Enum):
    """What a head says."""

    NOTHING = "nothing"
    CLASS = "the class of a row"
    LABELS = "the labels of a row"
    SPANS = "the spans in a text"
    BOXES = "the boxes in an image"
    TOKEN = "the token that follows"
    REALNESS = "how real a row looks"
    ACTION = "the action to take"

    @property
    def of_places(self) -> bool:
        """It is of the places of a row, as a dense encoder gives them."""
        return self in (Answer.SPANS, Answer.BOXES)

    @property
    def of_classes(self) -> bool:
        """It is learnt from the labels of rows or places, and is none without them."""
        return self.one_class or self is Answer.LABELS

    @property
    def one_class(self) -> bool:
        """It is one class for each row or place."""
        return self in (Answer.CLASS, Answer.SPANS, Answer.BOXES)


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

    ``weight``: how much each positive counts among those of its anchor, ``(a, c)``; None: alike.
    ``score (a, c)``: what the pairing knows of each pair, for a loss that ``reads_scores``: its
    graded similarity, or how many levels of their labels the two rows share.
    ``anchor_weight (a,)``: how much each anchor counts; None: alike. ``anchor_label (a,)``: its
    label. ``share (a, m)``: how much the
    value of the whole batch changes with the numbers of each anchor, for a loss that
    ``joins_anchors``.

    ``single`` says that no row has more than one of each (or equally similar ones), as after mining
    the hardest: known before the masks are, it lets a loss take a shorter way. ``teacher (a, c)``:
    the teacher's own similarity of each pair, for a loss that ``needs_teacher``.
    """

    positive: Tensor
    negative: Tensor
    single: bool = False
    teacher: Tensor | None = None
    weight: Tensor | None = None
    score: Tensor | None = None
    anchor_weight: Tensor | None = None
    anchor_label: Tensor | None = None
    share: Tensor | None = None


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


class Spans(NamedTuple):
    """Labelled stretches of texts: ``text[row][start:stop]`` is of class ``label``, its ``B-`` tag.

    Each ``(m,)`` int64, in the order of ``row`` and ``start``; none of two in a row overlaps.
    """

    row: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    label: np.ndarray


class Boxes(NamedTuple):
    """Labelled boxes in images: ``box (m, 4)`` float32, left, top, right and bottom as shares of
    the image's width and height, of class ``label (m,)``, in image ``row (m,)``, ascending."""

    row: np.ndarray
    box: np.ndarray
    label: np.ndarray


class LabelSets(NamedTuple):
    """Which labels each class has, where rows have several: ``names`` of the labels, ``members``
    bool ``(classes, labels)``."""

    names: tuple[str, ...]
    members: np.ndarray

    def numbers(self) -> list[list[int]]:
        """The labels of each class, as plain numbers."""
        return [np.flatnonzero(row).tolist() for row in self.members]


class Labelled(NamedTuple):
    """The rows of a source.

    ``raw``: a list of texts, or ``Images``. ``label (N,)`` int64, -1 where unlabelled. ``group``:
    ``(N,)`` int64, rows that share one stay on one side of the split (all different: ungrouped).
    ``split``: ``(N,)`` int8, 0 train, 1 validation, 2 test, -1 to be split, -2 on no side: a
    partner of other rows, such as an answer; -3: such a partner that is drawn in training alone.
    ``counts``: what the source wants reported (rows skipped, duplicates dropped). ``identity``:
    ``(N,)`` int64, rows that share one show the same thing, such as a picture and its captions, or
    a question and its answers; it is the number of one of these rows. None where each row is its
    own. Those of them on no side are *partners*: they are drawn as positives only, and have the
    label and group of their rows.
    ``attributes``: what else is known of each row, by name, texts ``(N,)``: evaluation groups rows
    by it (``protocols=fairness``). None where nothing is.
    ``spans``: labelled stretches of the texts; ``classes`` then are tags (``O``, ``B-x``, ``I-x``).
    None where a row has one label.
    ``boxes``: labelled boxes in the images, which then have the same height and width. None where a
    row has one label.
    ``sets``: of rows with several labels, each set of labels is a class; None where each class is a
    label. ``score``: float32 ``(N,)``, how similar each row and its partner are; None where they
    have no score. ``weight``: float32 ``(N,)``, how much each row counts in the losses; None:
    alike. ``ends``: ``(N,)`` int64, the last moment of the trajectory that each row is a moment of;
    they stand one after another, and labels are actions. None where rows are no moments.
    """

    raw: Sequence[str] | Images
    label: np.ndarray
    classes: tuple[str, ...]
    group: np.ndarray
    split: np.ndarray
    counts: dict[str, int]
    identity: np.ndarray | None = None
    attributes: Mapping[str, np.ndarray] | None = None
    spans: Spans | None = None
    boxes: Boxes | None = None
    sets: LabelSets | None = None
    score: np.ndarray | None = None
    weight: np.ndarray | None = None
    ends: np.ndarray | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What pairings and heads may know of the rows, by the name of the argument."""
        depths = self.sets and [name.count("/") + 1 for name in self.sets.names]
        return {
            "sets": self.sets and self.sets.numbers(),
            "depths": depths,
            "scores": self.score,
            "ends": self.ends,
            "actions": self.label,
            "groups": self.group,
            "names": list(self.names),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The labels that a classifier tells apart."""
        return self.classes if self.sets is None else self.sets.names


class Embedded(NamedTuple):
    """A split after the encoder: CPU float32 ``features (N, f)``, ``embedding (N, d)``,
    ``logits (N, classes)``, with ``label (N,)`` and ``index (N,)``."""

    features: Tensor
    embedding: Tensor
    logits: Tensor
    label: Tensor
    index: Tensor  # type: ignore[assignment]  # tuple.index gives way
