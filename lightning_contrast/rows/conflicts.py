"""Rows of equal or nearly equal content with different labels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.rows.content import normalise
from lightning_contrast.rows.disk_texts import DiskTexts
from lightning_contrast.rows.duplicates import Duplicates, is_text
from lightning_contrast.rows.near_duplicates import nearest_of_other_label
from lightning_contrast.types import Images


class Conflict(NamedTuple):
    """Row ``row`` and row ``other`` (numbers in the source) have different labels.

    ``near``: their contents are near duplicates; otherwise they are equal except for case, blanks
    and punctuation.
    """

    row: int
    other: int
    near: bool


def find_conflicts(
    raw: Sequence[str] | Images, found: Duplicates, label: np.ndarray, rows: np.ndarray
) -> list[Conflict]:
    """Each of these ``rows`` that is in conflict, with one of the rows that it conflicts with.

    >>> from lightning_contrast.rows.duplicates import find_duplicates
    >>> raw = ["one two", "One two.", "three"]
    >>> find_conflicts(raw, find_duplicates(raw), np.array([0, 1, 0]), np.arange(3))
    [Conflict(row=0, other=1, near=False), Conflict(row=1, other=0, near=False)]
    """
    rows = rows[label[rows] >= 0]
    rows = rows[_mixed(found.group[rows], label[rows])]
    exact = _mixed(found.key[rows], label[rows])
    conflicts = []
    for row in rows[exact]:
        same = rows[found.key[rows] == found.key[row]]
        other = same[label[same] != label[row]][0]
        conflicts.append(Conflict(int(row), int(other), near=False))
    if is_text(raw) and not isinstance(raw, DiskTexts) and not exact.all():
        others = nearest_of_other_label([normalise(raw[row]) for row in rows], label[rows])
        for row, place in zip(rows[~exact], others[~exact], strict=True):
            if place >= 0:
                conflicts.append(Conflict(int(row), int(rows[place]), near=True))
    return sorted(conflicts)


def _mixed(group: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Whether each row shares its group with a row of another label, bool ``(n,)``."""
    _, group = np.unique(group, return_inverse=True)
    lowest = np.full(group.max(initial=-1) + 1, np.iinfo(np.int64).max)
    highest = np.full_like(lowest, -1)
    np.minimum.at(lowest, group, label)
    np.maximum.at(highest, group, label)
    return (lowest < highest)[group]
