"""Finds duplicate rows, so that they can be kept on one side of a split."""

from collections.abc import Sequence
from typing import NamedTuple, TypeGuard, cast

import numpy as np

from lightning_contrast.rows.content import image_keys, normalise, text_keys
from lightning_contrast.rows.disk_texts import DiskTexts
from lightning_contrast.rows.near_duplicates import near_duplicates
from lightning_contrast.rows.parts import Parts
from lightning_contrast.types import Images

NEAR = 500_000
"""Texts among which near duplicates are looked for, at most: they and their shingles are held."""


class Duplicates(NamedTuple):
    """``key`` uint64 ``(N,)``: a hash of the (normalised) content.

    ``group`` int64 ``(N,)``: equal for exact and near duplicates. ``counts``: ``duplicates``, the
    rows that repeat another one; ``near_duplicates``, the distinct contents that are in the group
    of another content.
    """

    key: np.ndarray
    group: np.ndarray
    counts: dict[str, int]


def find_duplicates(raw: Sequence[str] | Images) -> Duplicates:
    """Groups of duplicates among texts (normalised; near ones by shingles) or images (by pixels).

    If rows have several modalities, only those of the first are compared. Among texts on disk, and
    among more than ``NEAR``, only equal ones are found.

    >>> find_duplicates(["One two.", "one TWO", "three"]).counts
    {'duplicates': 1, 'near_duplicates': 0}
    """
    if isinstance(raw, Parts):
        return _of_first_part(raw)
    compared = is_text(raw) and not unsought(raw)
    texts = [normalise(text) for text in cast(Sequence[str], raw)] if compared else None
    key = content_keys(raw) if texts is None else text_keys(texts)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    distinct = len(first)
    if texts is not None:
        group = near_duplicates([texts[row] for row in first])[group]
    counts = {
        "duplicates": len(key) - distinct,
        "near_duplicates": distinct - len(np.unique(group)),
    }
    return Duplicates(key, group.astype(np.int64), counts)


def unsought(raw: Sequence[str] | Images) -> str:
    """The line about texts among which near duplicates are not looked for; empty for others.

    >>> unsought(["a"]), unsought(["a"] * 500_001)
    ('', 'only equal texts are found as duplicates, as there are more than 500,000: texts ...')
    """
    if isinstance(raw, Parts):
        return unsought(next(iter(raw.parts.values())))
    if not is_text(raw) or (len(raw) <= NEAR and not isinstance(raw, DiskTexts)):
        return ""
    reason = "they stay on disk" if isinstance(raw, DiskTexts) else f"there are more than {NEAR:,}"
    return (
        f"only equal texts are found as duplicates, as {reason}: texts that are nearly those of "
        "training may stand in validation and test, so give a split of your own if there are such"
    )


def _of_first_part(raw: Parts) -> Duplicates:
    """Duplicates among the rows of the first modality; other rows, such as captions, have none."""
    own = find_duplicates(next(iter(raw.parts.values())))
    others = own.group.max(initial=-1) + 1 + np.arange(len(raw) - len(own.group))
    return Duplicates(raw.fingerprints(), np.append(own.group, others), own.counts)


def content_keys(raw: Sequence[str] | Images) -> np.ndarray:
    """The ``key`` of ``find_duplicates`` alone, uint64 ``(N,)``.

    >>> first, second = content_keys(["One two.", "one TWO"])
    >>> bool(first == second)
    True
    """
    if is_text(raw):
        return text_keys(normalise(text) for text in raw)
    return image_keys(cast("Images", raw))


def join_groups(*groupings: np.ndarray) -> np.ndarray:
    """The finest grouping that keeps rows together which share a group in any grouping, ``(N,)``.

    >>> join_groups(np.array([0, 0, 1, 2]), np.array([5, 6, 6, 7])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows = np.arange(len(groupings[0]))
    partners = []
    for grouping in groupings:
        _, first, number = np.unique(grouping, return_index=True, return_inverse=True)
        partners.append(first[number])
    ends = (np.tile(rows, len(groupings)), np.concatenate(partners))
    graph = coo_matrix((np.ones(len(ends[0])), ends), shape=(len(rows), len(rows)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def is_text(raw: Sequence[str] | Images) -> TypeGuard[Sequence[str]]:
    """Whether the rows are texts.

    >>> is_text(["a"])
    True
    """
    return isinstance(raw, Sequence)


def without_copies(
    raw: Sequence[str] | Images, key: np.ndarray, label: np.ndarray, split: np.ndarray
) -> np.ndarray:
    """One row for each combination of content, label and split, int64, in ascending order.

    Among texts that differ only in case or punctuation, the first in alphabetical order is kept, so
    that the result does not depend on the order of the rows.

    >>> without_copies(["b", "B", "c"], np.array([1, 1, 2]), np.zeros(3), np.zeros(3)).tolist()
    [1, 2]
    """
    _, content = np.unique(key, return_inverse=True)  # int64: uint64 beside it would become float
    alike = np.stack((content, label.astype(np.int64), split.astype(np.int64)))
    _, kind = np.unique(alike, axis=1, return_inverse=True)
    kept: dict[int, int] = {}
    for row, which in enumerate(kind.tolist()):
        other = kept.setdefault(which, row)
        if is_text(raw) and raw[row] < raw[other]:
            kept[which] = row
    return np.sort(np.array(list(kept.values()), dtype=np.int64))
