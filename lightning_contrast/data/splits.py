"""Chooses training, validation and test rows by a salted hash of their content."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.data.label_split import label_split
from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.split_names import TEST, TRAIN, UNDECIDED, VALIDATION


def hash_split(
    label: np.ndarray,
    group: np.ndarray,
    key: np.ndarray,
    fractions: Sequence[float],
    salt: str,
) -> np.ndarray:
    """The split of each row, int8 ``(N,)``: groups stay whole, classes keep their proportions.

    ``key`` (uint64 content hash), ``label`` and ``group`` are ``(N,)``. An unlabelled row (-1) is
    in the split of its group, or in training. A group belongs to the commonest class of its rows.
    The groups of each class are sorted by their salted hash. The first ones become test rows, the
    next ones validation rows, as near to the fractions as whole groups allow. The last group of a
    class is for training, unless training's fraction is 0. The order of the rows does not matter.

    >>> label, key = np.repeat([0, 1], 50), np.arange(100, dtype=np.uint64)
    >>> side = hash_split(label, np.arange(100), key, (0.7, 0.1, 0.2), salt="")
    >>> np.bincount(side).tolist()
    [70, 10, 20]
    """
    _, group = np.unique(group, return_inverse=True)
    size = np.bincount(group)
    rank = np.full(len(size), np.iinfo(np.uint64).max)
    np.minimum.at(rank, group, salted(key, salt))
    home = _commonest(label, group, len(size))
    side = np.zeros(len(size), dtype=np.int8)
    owed = np.zeros(3)  # rounding errors of the classes before
    share = np.asarray(fractions, dtype=float)
    for number in np.unique(home[home >= 0]):
        members = np.flatnonzero(home == number)
        members = members[np.argsort(rank[members], kind="stable")]
        rows = size[members]
        due = share * rows.sum() + np.clip(owed, -1, 1)
        middle = np.cumsum(rows) - rows / 2
        chosen = np.where(middle < due[TEST] + due[VALIDATION], VALIDATION, TRAIN)
        chosen[middle < due[TEST]] = TEST
        if share[TRAIN]:
            chosen[-1] = TRAIN
        owed = due - np.bincount(chosen, weights=rows, minlength=3)
        side[members] = chosen
    return side[group]


def complete_split(
    own: np.ndarray,
    label: np.ndarray,
    group: np.ndarray,
    key: np.ndarray,
    fractions: Sequence[float],
    salt: str,
    sets: Sequence[Sequence[int]] | None = None,
) -> np.ndarray:
    """The source's own splits, with missing ones chosen by ``hash_split``, int8 ``(N,)``; where the
    labels are ``sets`` of labels, by ``label_split``.

    The source's validation and test rows stay (``own`` 1 and 2). A split that it lacks is taken
    from its undecided rows (-1), or if none is undecided, from training (0); its fraction is
    relative to training's.

    >>> own, key = np.array([0] * 80 + [2] * 20), np.arange(100, dtype=np.uint64)
    >>> side = complete_split(own, np.zeros(100), np.arange(100), key, (0.7, 0.1, 0.2), "")
    >>> np.bincount(side).tolist()
    [70, 10, 20]
    """
    share = np.array(fractions, dtype=float)
    share[[side for side in (VALIDATION, TEST) if (own == side).any()]] = 0
    open_ = own == UNDECIDED if (own == UNDECIDED).any() else own == TRAIN
    side = own.astype(np.int8).copy()
    share = share / share.sum() if share.sum() else np.array([1.0, 0, 0])
    columns = (group[open_], key[open_], share.tolist(), salt)
    if sets is None:
        side[open_] = hash_split(label[open_], *columns)
    else:
        side[open_] = label_split(label[open_], sets, *columns)
    return side


def check_fractions(fractions: Sequence[float], trains: bool = True) -> None:
    """Raises ``InputError`` unless these are three shares of one; ``trains``: training above 0.

    >>> check_fractions([0, 0, 1], trains=False)
    """
    shares = list(fractions)
    whole = len(shares) == 3 and abs(sum(shares) - 1) < 1e-6
    if not whole or min(shares) < 0 or (trains and shares[TRAIN] == 0):
        raise InputError(
            "source.fractions must be three numbers (train, validation, test) that are not "
            f"negative and sum to 1, training above 0, got {shares}: "
            "set source.fractions=[0.7,0.1,0.2]"
        )


def _commonest(label: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """The commonest label of each group, the lowest among ties, -1 if no row has a label."""
    label, group = label[label >= 0].astype(np.int64), group[label >= 0].astype(np.int64)
    labels = label.max(initial=0) + 1
    pairs, count = np.unique(group * labels + label, return_counts=True)
    of, own = np.divmod(pairs, labels)
    order = np.lexsort((-own, count))  # ascending, so that the best is written last
    home = np.full(groups, -1, dtype=np.int64)
    home[of[order]] = own[order]
    return home
