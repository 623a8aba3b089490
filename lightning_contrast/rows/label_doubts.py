"""Warns of labels that may be something else than the names of classes."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from lightning_contrast.errors import listing
from lightning_contrast.rows.labels import lower
from lightning_contrast.types import LabelSets

MANY = 20
"""With more different numbers than this, labels look like measurements."""


def label_doubts(classes: Sequence[str], sizes: np.ndarray) -> dict[str, str]:
    """Warnings by name: what the labels may be instead of classes; ``sizes``: rows of each class.

    >>> label_doubts(["Good", "bad", "good"], np.array([5, 9, 4]))["label_case"]
    "labels that differ only in case or blanks are classes apart: 'Good', 'good'; set ..."
    """
    doubts = {}
    names = [name for name, size in zip(classes, sizes, strict=True) if size]
    alike = defaultdict(list)
    for name in names:
        alike[lower(name)].append(repr(name))
    if twins := [", ".join(same) for same in alike.values() if len(same) > 1]:
        doubts["label_case"] = (
            f"labels that differ only in case or blanks are classes apart: {listing(twins)}; "
            "set source.label_case=lower to make one class of each"
        )
    rare = np.count_nonzero(sizes == 1) > len(names) / 2
    measured = rare or not all(name.lstrip("-").isdecimal() for name in names)
    if len(names) > MANY and measured and all(map(_is_number, names)):
        doubts["regression"] = (
            f"these look like a regression: the labels are {len(names)} different numbers, "
            f"{listing(names, 3)}; divide them into a few ranges, and name those"
        )
    for mark in ",;|":
        parts = {name: [p.strip() for p in name.split(mark)] for name in names if mark in name}
        words = Counter(part for name in names for part in parts.get(name, [name]))
        several = [name for name in parts if all(words[part] > 1 for part in parts[name])]
        if len(several) > 1:
            doubts["several_labels"] = (
                f"these look like several labels a row: {listing([repr(n) for n in several], 3)}; "
                f"each counts as a class of its own: set source.multi_label=true "
                f"""'source.label_separator="{mark}"'"""
            )
    return doubts


def set_doubts(sets: LabelSets, sizes: np.ndarray) -> dict[str, str]:
    """Warnings by name where no row has several labels; ``sizes``: rows of each set.

    >>> sets = LabelSets(("a", "a|b", "b", "b|a"), np.eye(4, dtype=bool))
    >>> list(set_doubts(sets, np.array([5, 3, 4, 2])))
    ['several_labels']
    """
    if (sizes @ sets.members.sum(1)).item() > sizes.sum():
        return {}
    found = label_doubts(sets.names, sizes @ sets.members)
    if line := found.get("several_labels"):
        return {"several_labels": line}
    return {
        "one_label": "no row has several labels, or a label path of several levels: where they "
        "stand in one text, set source.label_separator to what is between them; set "
        "source.multi_label=false to take each as a class"
    }


def _is_number(name: str) -> bool:
    try:
        return bool(np.isfinite(float(name)))
    except ValueError:
        return False
