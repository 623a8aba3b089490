"""Leaves out rows as the arguments of a source say, and counts them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.errors import InputError, listing
from lightning_contrast.rows.conflicts import Conflict, find_conflicts
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.duplicates import Duplicates, without_copies
from lightning_contrast.rows.label_sets import renamed_sets
from lightning_contrast.rows.labels import renamed
from lightning_contrast.rows.split_names import PARTNER
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


class Remaining(NamedTuple):
    """The remaining rows of a source: the source (without classes that have no rows left), the
    numbers of the rows (int64), counts, the rows in conflict, and warnings by name."""

    labelled: Labelled
    rows: np.ndarray
    counts: dict[str, int]
    conflicts: Sequence[Conflict]
    notes: dict[str, str]


def leave_out(source: Source, labelled: Labelled, found: Duplicates) -> Remaining:
    """The rows that ``drop_duplicates``, ``min_rows`` and ``conflicting`` of the source keep."""
    rows = given = np.flatnonzero(labelled.split > PARTNER)
    if source.drop_duplicates:
        key = found.key
        if labelled.identity is not None:  # the content of a row together with its partners
            key = key ^ _of_partners(labelled, key)
        copies = without_copies(labelled.raw, key, labelled.label, labelled.split)
        rows = np.intersect1d(rows, copies)
    counts = {"rows": len(given), **found.counts, "duplicates_dropped": len(given) - len(rows)}
    before = len(rows)
    labelled, rows, notes = _without_rare(labelled, rows, source.min_rows)
    # Of texts with spans, or images with boxes, the label only says of what kind they are.
    told = labelled.spans is None and labelled.boxes is None
    conflicts = [
        conflict
        for part in (source.apart(labelled, rows) if told else ())
        for conflict in find_conflicts(labelled.raw, found, labelled.label, part)
    ]
    same = len({found.key[conflict.row] for conflict in conflicts if not conflict.near})
    near = len({found.group[conflict.row] for conflict in conflicts if conflict.near})
    counts["duplicates_with_other_label"] = same
    counts["near_duplicates_with_other_label"] = near
    if conflicts:
        mend = (
            "mend the labels, or set source.conflicting=drop to leave such rows out; where both "
            "are right, as of one picture with two names, they do no harm"
        )
        if source.conflicting == "drop":
            mend = "they are left out"
            counts["conflicting_dropped"] = len(conflicts)
            rows = np.setdiff1d(rows, [conflict.row for conflict in conflicts])
            labelled, rows, more = _without_rare(labelled, rows, source.min_rows)
            notes |= more
        first = conflicts[0]
        notes["conflicting_labels"] = (
            f"{len(conflicts)} of {len(given)} rows repeat another row under another label "
            f"({same} contents exactly, {near} nearly), such as rows {first.row + 1} and "
            f"{first.other + 1}: {mend}"
        )
    if rare := before - len(rows) - counts.get("conflicting_dropped", 0):
        counts["rare_dropped"] = rare
    return Remaining(labelled, rows, counts, conflicts, notes)


def _without_rare(
    labelled: Labelled, rows: np.ndarray, least: int
) -> tuple[Labelled, np.ndarray, dict[str, str]]:
    """Removes classes (of rows with several labels: labels, from their sets) with fewer than
    ``least`` rows; returns a warning that names them too."""
    sizes, sets = sizes_of(labelled, rows), labelled.sets
    if sets is not None:
        sizes = sizes @ sets.members
    rare = np.flatnonzero((sizes > 0) & (sizes < least))
    if not len(rare):
        return labelled, rows, {}
    if len(rare) == np.count_nonzero(sizes):
        raise InputError(
            f"every class has fewer rows than source.min_rows={least}, the largest has "
            f"{sizes.max()}: set source.min_rows={sizes.max()}"
        )
    names = [f"{labelled.names[number]!r} ({sizes[number]})" for number in rare]
    what = "classes" if sets is None else "labels"
    line = f"{what} with fewer rows than source.min_rows={least} are left out: {listing(names)}"
    if sets is not None:
        left = [None if number in rare else name for number, name in enumerate(sets.names)]
        classes, label, sets = renamed_sets(labelled.label, sets, left)
        own = labelled._replace(classes=classes, label=label, sets=sets)
        return own, rows, {"rare_classes": line}
    rows = rows[~np.isin(labelled.label[rows], rare)]
    kept = [None if number in rare else name for number, name in enumerate(labelled.classes)]
    classes, label = renamed(labelled.label, kept)
    return labelled._replace(classes=classes, label=label), rows, {"rare_classes": line}


def _of_partners(labelled: Labelled, key: np.ndarray) -> np.ndarray:
    """One hash of the contents of each row's partners, ``(N,)``; their order does not matter."""
    assert labelled.identity is not None
    _, place = np.unique(labelled.identity, return_inverse=True)
    joined = np.zeros(len(key), dtype=np.uint64)
    other = np.flatnonzero(labelled.split <= PARTNER)
    np.bitwise_xor.at(joined, place[other], salted(key[other], "pair"))
    return joined[place]


def sizes_of(labelled: Labelled, rows: np.ndarray) -> np.ndarray:
    """Number of labelled rows of each class among these rows, ``(classes,)``."""
    return np.bincount(labelled.label[rows] + 1, minlength=len(labelled.classes) + 1)[1:]
