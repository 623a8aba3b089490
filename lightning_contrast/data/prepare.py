"""From a source to the rows of training, validation and test."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.data.checks import SIDES, check_rows, check_sides
from lightning_contrast.data.splits import check_fractions, complete_split
from lightning_contrast.distributions.distribution import Distribution, shape
from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.duplicates import find_duplicates, join_groups, without_copies
from lightning_contrast.rows.few_shot import few_shot
from lightning_contrast.rows.split_names import PARTNER
from lightning_contrast.rows.training_rows import TrainingRows
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


class Splits(NamedTuple):
    """The rows of a source, and which of them (int64 row numbers) are on which side.

    ``counts``: those of the source, and ``rows``, ``duplicates``, ``near_duplicates``,
    ``duplicates_with_other_label``, ``duplicates_dropped``, ``groups``, ``groups_across_splits``,
    ``unlabelled_left_out``, ``train_before_few_shot``,
    ``train_before_distribution``, ``train``, ``validation``, ``test``; where rows have pairs,
    ``pairs``, and the duplicates are those among rows and pairs. ``distribution``: what it did (see
    ``training_rows.shape``); the labels of ``labelled`` are those that training sees.
    """

    labelled: Labelled
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    counts: dict[str, int]
    distribution: Mapping[str, float]


def prepare(
    source: Source,
    fractions: Sequence[float] | None = None,
    salt: str | None = None,
    per_class: int | None = None,
    seed: int = 0,
    distribution: Distribution | None = None,
) -> Splits:
    """Load a source, group its duplicates and its own groups, split, check, shape what is trained.

    ``fractions``, ``salt`` and ``per_class`` are the source's own (``Source``) where None. The
    sides depend on the contents and the salt only; the seed draws the few shots, which
    ``distribution`` shapes further. Raises ``InputError`` for rows that can't be trained on.

    >>> from lightning_contrast.sources.digits import Digits
    >>> splits = prepare(Digits(per_class=8))
    >>> len(splits.train), splits.counts["test"]
    (80, 359)
    """
    if fractions is None:
        fractions = source.fractions
    if salt is None:
        salt = str(source.split_salt)
    if per_class is None:
        per_class = source.per_class
    check_fractions(fractions)
    labelled = source.load()
    check_rows(labelled)
    found = find_duplicates(labelled.raw)
    group = join_groups(labelled.group, found.group)
    label, own = labelled.label, labelled.split
    rows = given = np.flatnonzero(own != PARTNER)
    if source.drop_duplicates:
        copies = without_copies(labelled.raw, _with_pair(found.key, labelled.pair), label, own)
        rows = np.intersect1d(rows, copies)
    counts = {
        **labelled.counts,
        "rows": len(given),
        **found.counts,
        "duplicates_with_other_label": _spread(found.key[given], label[given]),
        "duplicates_dropped": len(given) - len(rows),
        "groups": len(np.unique(group[rows])),
    }
    if labelled.pair is not None:
        counts["pairs"] = int(np.count_nonzero(labelled.pair[given] != given))
    # Nothing can be measured on rows without a label: the source's own such sides do not count.
    rows = rows[(label[rows] >= 0) | (own[rows] <= 0)]
    side = complete_split(own[rows], label[rows], group[rows], found.key[rows], fractions, salt)
    train, validation, test = (
        rows[(side == number) & ((label[rows] >= 0) | (number == 0))] for number in range(3)
    )
    counts["groups_across_splits"] = _spread(group[rows], side)
    used = len(train) + len(validation) + len(test)
    counts["unlabelled_left_out"] = counts["rows"] - counts["duplicates_dropped"] - used
    for name, asked, chosen in zip(SIDES[1:], fractions[1:], (validation, test), strict=True):
        if asked > 0 and not len(chosen):
            raise InputError(
                f"the {name} split got none of the {len(rows)} rows at a fraction of {asked}: add "
                "rows, or set source.fractions to larger shares (0 for no such split)"
            )
    check_sides(labelled, (train, validation, test))
    kept = TrainingRows(train, label[train], found.key[train], labelled.classes, labelled.raw)
    if per_class is not None:
        counts["train_before_few_shot"] = len(train)
        kept = few_shot(kept, per_class, seed)
    figures: dict[str, float] = {}
    if distribution is not None:
        counts["train_before_distribution"] = len(kept.row)
        kept, figures = shape(kept, distribution)
        seen = label.copy()
        if labelled.pair is not None:  # a pair has the label of its row
            seen[labelled.pair[kept.row]] = kept.label
        seen[kept.row] = kept.label
        labelled = labelled._replace(label=seen)
    counts.update(train=len(kept.row), validation=len(validation), test=len(test))
    return Splits(labelled, kept.row, validation, test, counts, figures)


def _with_pair(key: np.ndarray, pair: np.ndarray | None) -> np.ndarray:
    """A key of what a row and its pair hold together."""
    return key if pair is None else key ^ salted(key[pair], "pair")


def _spread(group: np.ndarray, value: np.ndarray) -> int:
    """How many groups have rows with more than one value."""
    _, group = np.unique(group, return_inverse=True)
    pairs = np.unique(np.stack((group, value.astype(np.int64))), axis=1)
    return int((np.bincount(pairs[0], minlength=1) > 1).sum())
