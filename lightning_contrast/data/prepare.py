"""From a source to the rows of training, validation and test."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.data.checks import SIDES, check_rows, check_sides
from lightning_contrast.data.duplicates import find_duplicates, join_groups, without_copies
from lightning_contrast.data.few_shot import few_shot
from lightning_contrast.data.splits import check_fractions, complete_split
from lightning_contrast.errors import InputError
from lightning_contrast.sources.splittable import Source, Splittable
from lightning_contrast.types import Labelled


class Splits(NamedTuple):
    """The rows of a source, and which of them (int64 row numbers) are on which side.

    ``counts``: those of the source, and ``rows``, ``duplicates``, ``near_duplicates``,
    ``duplicates_with_other_label``, ``duplicates_dropped``, ``groups``, ``groups_across_splits``,
    ``unlabelled_left_out``, ``train_before_few_shot``, ``train``, ``validation``, ``test``.
    """

    labelled: Labelled
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    counts: dict[str, int]


def prepare(
    source: Source,
    fractions: Sequence[float] | None = None,
    salt: str | None = None,
    per_class: int | None = None,
    seed: int = 0,
) -> Splits:
    """Load a source, group its duplicates and its own groups, split, keep a few shots, check.

    ``fractions``, ``salt`` and ``per_class`` are the source's own (``Splittable``) where None. The
    sides depend on the contents and the salt only; the seed draws the few shots. Raises
    ``InputError`` for rows that can't be trained on.

    >>> from lightning_contrast.sources.digits import Digits
    >>> splits = prepare(Digits(per_class=8))
    >>> len(splits.train), splits.counts["test"]
    (80, 359)
    """
    default = Splittable()
    if fractions is None:
        fractions = getattr(source, "fractions", default.fractions)
    if salt is None:
        salt = str(getattr(source, "split_salt", default.split_salt))
    if per_class is None:
        per_class = getattr(source, "per_class", None)
    check_fractions(fractions)
    labelled = source.load()
    check_rows(labelled)
    found = find_duplicates(labelled.raw)
    group = join_groups(labelled.group, found.group)
    label, own = labelled.label, labelled.split
    rows = np.arange(len(label))
    if getattr(source, "drop_duplicates", False):
        rows = without_copies(labelled.raw, found.key, label, own)
    counts = {
        **labelled.counts,
        "rows": len(label),
        **found.counts,
        "duplicates_with_other_label": _spread(found.key, label),
        "duplicates_dropped": len(label) - len(rows),
        "groups": len(np.unique(group[rows])),
    }
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
    if per_class is not None:
        counts["train_before_few_shot"] = len(train)
        train = few_shot(train, label, found.key, per_class, seed, labelled.classes)
    counts.update(train=len(train), validation=len(validation), test=len(test))
    return Splits(labelled, train, validation, test, counts)


def _spread(group: np.ndarray, value: np.ndarray) -> int:
    """How many groups have rows with more than one value."""
    _, group = np.unique(group, return_inverse=True)
    pairs = np.unique(np.stack((group, value.astype(np.int64))), axis=1)
    return int((np.bincount(pairs[0], minlength=1) > 1).sum())
