"""The rows of a source: with what is left out filled in, and with a pair for each."""

from collections.abc import Mapping, Sequence

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.split_names import PARTNER, UNDECIDED
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Images, Labelled, LabelSets


def labelled(
    raw: Sequence[str] | Images,
    label: np.ndarray,
    classes: tuple[str, ...],
    group: np.ndarray | None = None,
    split: Sequence[int] | np.ndarray | None = None,
    counts: Mapping[str, int] | None = None,
    attributes: Mapping[str, np.ndarray] | None = None,
    sets: LabelSets | None = None,
    weight: Sequence[float] | np.ndarray | None = None,
) -> Labelled:
    """N rows: each a group of its own, and to be split, unless said otherwise.

    >>> labelled(["a", "b"], np.array([0, 1]), ("x", "y")).split.tolist()
    [-1, -1]
    """
    rows = len(label)
    return Labelled(
        raw=raw,
        label=label,
        classes=classes,
        group=np.arange(rows) if group is None else group,
        split=np.broadcast_to(np.array(UNDECIDED if split is None else split, np.int8), (rows,)),
        counts=dict(counts or {}),
        attributes=attributes,
        sets=sets,
        weight=None if weight is None else np.array(weight, dtype=np.float32),
    )


def with_pairs(own: Labelled, both: Sequence[str] | Images) -> Labelled:
    """The N rows with a pair for each: ``both`` holds what they show, then what their pairs show.

    >>> rows = labelled(["a", "b"], np.zeros(2, dtype=np.int64), ("x",), split=[0, 0])
    >>> rows = with_pairs(rows, ["a", "b", "answer to a", "answer to b"])
    >>> rows.identity.tolist(), rows.split.tolist(), rows.group.tolist()
    ([0, 1, 0, 1], [0, 0, -2, -2], [0, 1, 0, 1])
    """
    rows = len(own.label)
    return own._replace(
        raw=both,
        label=np.tile(own.label, 2),
        group=np.tile(own.group, 2),
        split=np.append(own.split, np.full(rows, PARTNER, dtype=np.int8)),
        identity=np.tile(np.arange(rows), 2),
        attributes={n: np.tile(value, 2) for n, value in (own.attributes or {}).items()},
        weight=None if own.weight is None else np.tile(own.weight, 2),
    )


def refuse_whole(source: Source, parts: str, wholes: str) -> None:
    """Raises ``InputError`` for a setting of a source that is for the labels of whole rows, where
    parts of them, such as spans or boxes, have the labels."""
    for name, value, plain in (
        ("min_rows", source.min_rows, 1),
        ("label_case", source.label_case, "null"),
    ):
        if value not in (plain, None):
            raise InputError(
                f"source.{name} is for classes of whole {wholes}, and here {parts} have classes: "
                f"set source.{name}={plain}"
            )
