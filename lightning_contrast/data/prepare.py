"""Splits the rows of a source into training, validation and test."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np

from lightning_contrast.data.checks import SIDES, check_needless, check_rows, check_sides
from lightning_contrast.data.left_out import leave_out, sizes_of
from lightning_contrast.data.splits import check_fractions, complete_split
from lightning_contrast.distributions.distribution import Distribution, shape
from lightning_contrast.errors import InputError
from lightning_contrast.rows.conflicts import Conflict
from lightning_contrast.rows.duplicates import find_duplicates, join_groups
from lightning_contrast.rows.few_shot import few_shot
from lightning_contrast.rows.label_doubts import label_doubts, set_doubts
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.split_names import PARTNER, TEST, TRAIN, UNDECIDED, VALIDATION
from lightning_contrast.rows.training_rows import TrainingRows
from lightning_contrast.runtime.first_process import is_first_process
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

UNTESTED = (
    "the rows have no labels to be tested by, so that no row is kept as a test: set "
    "source.fractions=[0.7,0.1,0.2] to keep some"
)


class Splits(NamedTuple):
    """The rows of a source, and the numbers (int64) of the rows in each split.

    ``counts``: those of the source, and ``rows``, ``duplicates``, ``near_duplicates``,
    ``duplicates_with_other_label``, ``near_duplicates_with_other_label`` (texts or images that have
    several labels), ``duplicates_dropped``, ``conflicting_dropped``, ``rare_dropped``, ``groups``,
    ``groups_across_splits``, ``unlabelled_left_out``, ``train_before_few_shot``,
    ``train_before_distribution``, ``train``, ``validation``, ``test``. If rows have pairs, also
    ``pairs``; then duplicates are counted among rows and pairs. ``distribution``: figures of what
    it did (see ``distributions.distribution.shape``); ``labelled`` has the labels that training
    uses. ``conflicts``: rows with the content of another row and a different label. ``notes``:
    lines by name about what may be wrong with the rows; each is also a warning. ``content``: a
    checksum of the training rows and their labels, in order.
    """

    labelled: Labelled
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    counts: dict[str, int]
    distribution: Mapping[str, float]
    conflicts: Sequence[Conflict] = ()
    notes: Mapping[str, str] = {}
    content: int = 0


def prepare(
    source: Source,
    seed: int = 0,
    distribution: Distribution | None = None,
    whole: int | None = None,
    own_targets: bool = False,
) -> Splits:
    """Loads a source, joins its groups with groups of duplicates, splits and checks the rows.

    The splits depend on the contents and ``source.split_salt`` only. The seed draws the few shots;
    then ``distribution`` changes the training split. ``whole``: for a trained classifier, the split
    (as in ``split_names``) of all rows, unless the source assigns them or ``source.fractions`` is
    set; then a single class or row suffices. ``own_targets``: rows without labels can be tested, as
    texts by what follows in them; other rows with neither labels nor partners have no test of
    themselves. Raises ``InputError`` for rows that can't be trained on.

    >>> from lightning_contrast.sources.digits import Digits
    >>> splits = prepare(Digits(per_class=8))
    >>> len(splits.train), splits.counts["test"]
    (80, 359)
    """
    chosen = source.fractions is not None
    fractions = source.fractions if source.fractions is not None else source.FRACTIONS
    check_fractions(fractions, trains=whole is None)
    labelled = source.loaded()
    testable = labelled.classes or labelled.identity is not None or own_targets
    if not (chosen or testable or whole is not None):
        fractions = (fractions[TRAIN] + fractions[TEST], fractions[VALIDATION], 0.0)
    found = find_duplicates(labelled.raw)
    labelled, rows, counted, conflicts, notes = leave_out(source, labelled, found)
    label, own = labelled.label, labelled.split
    sizes = sizes_of(labelled, rows)
    sets = labelled.sets
    doubts = set_doubts(sets, sizes) if sets else label_doubts(labelled.classes, sizes)
    if whole is None:
        check_rows(labelled, sizes, [*doubts.values()])
    notes |= doubts
    group = join_groups(labelled.group, found.group)
    counts = {**labelled.counts, **counted, "groups": len(np.unique(group[rows]))}
    if (partners := partners_of(labelled, np.flatnonzero(own > PARTNER))) is not None:
        counts["pairs"] = int(np.count_nonzero(partners.count))
    counts["unlabelled_left_out"] = len(rows)
    # Among labelled rows, one without a label or a partner can't be validated or tested.
    told = labelled.identity is None and labelled.classes
    judged = label >= 0 if told else np.ones_like(label, dtype=bool)
    rows = rows[judged[rows] | (own[rows] <= TRAIN)]
    if whole is not None and source.fractions is None:
        side = np.where(own[rows] == UNDECIDED, whole, own[rows])
    else:
        kind = np.where(judged & (label < 0), len(labelled.classes), label)
        columns = (own[rows], kind[rows], group[rows], found.key[rows])
        numbers = sets and [*sets.numbers(), []]
        side = complete_split(*columns, fractions, str(source.split_salt), numbers)
    counts["groups_across_splits"] = _spread(group[rows], side)
    train, validation, test = sides = tuple(
        rows[(side == number) & (judged[rows] | (number == TRAIN))] for number in range(3)
    )
    counts["unlabelled_left_out"] -= sum(map(len, sides))
    if whole is None:
        groups = counts["groups"] if counts["groups"] < len(rows) else None
        if line := check_sides(labelled, sides, fractions, groups, chosen):
            notes["empty_sides"] = line
    elif not len(sides[whole]):
        raise InputError(
            f"the source has no {SIDES[whole]} row with a label: mark some rows as "
            f"{SIDES[whole]}, or leave its splits and source.fractions out to take all rows"
        )
    _warn(notes.values())
    kept = TrainingRows(train, label[train], found.key[train], labelled.classes, labelled.raw)
    kept = kept._replace(sets=labelled.sets)
    if not labelled.classes and whole is None:
        check_needless(source, distribution)
    if source.per_class is not None and whole is None:
        counts["train_before_few_shot"] = len(train)
        kept = few_shot(kept, source.per_class, seed)
    figures: dict[str, float] = {}
    if distribution is not None and whole is None:
        counts["train_before_distribution"] = len(kept.row)
        kept, figures = shape(kept, distribution)
        seen = label.copy()
        if (
            partners := partners_of(labelled, kept.row, extra=True)
        ) is not None:  # they have its label
            seen[partners.row] = kept.label[partners.owner]
        seen[kept.row] = kept.label
        labelled = labelled._replace(label=seen)
    counts.update(train=len(kept.row), validation=len(validation), test=len(test))
    content = crc32(kept.label.tobytes(), crc32(found.key[kept.row].tobytes()))
    sides = kept.row, validation, test
    return Splits(labelled, *sides, counts, figures, conflicts, notes, content)


def _warn(notes: Iterable[str]) -> None:
    if is_first_process():
        for note in notes:
            warnings.warn(note, stacklevel=3)


def _spread(group: np.ndarray, value: np.ndarray) -> int:
    """Number of groups whose rows have more than one value."""
    _, group = np.unique(group, return_inverse=True)
    lowest = np.full(group.max(initial=-1) + 1, np.iinfo(np.int64).max)
    highest = np.full_like(lowest, np.iinfo(np.int64).min)
    np.minimum.at(lowest, group, value)
    np.maximum.at(highest, group, value)
    return int((lowest < highest).sum())
