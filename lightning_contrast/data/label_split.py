"""Splits rows with several labels so that each label keeps its proportions."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.rows.content import salted
from lightning_contrast.rows.split_names import TRAIN


def label_split(
    kind: np.ndarray,
    sets: Sequence[Sequence[int]],
    group: np.ndarray,
    key: np.ndarray,
    fractions: Sequence[float],
    salt: str,
) -> np.ndarray:
    """The split of each row, int8 ``(N,)``, by iterative stratification: groups stay whole.

    ``kind (N,)``: the set of each row, ``sets``: the labels of each set. An unlabelled row (-1) is
    in the split of its group, or in training. From the rarest label that is left on, the groups
    with it, the largest first, then by their salted hash, go to the split that lacks most rows of
    that label, of equals to the one that lacks most rows; last come the groups without a label.
    Each label has a group in training, unless training's fraction is 0. The order of the rows does
    not matter.

    The packages for it split rows into two, or into equal parts, and know no groups.

    Source: Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-Label Data".

    >>> kind, key = np.arange(100) % 3, np.arange(100, dtype=np.uint64)
    >>> side = label_split(kind, [[0], [0, 1], []], np.arange(100), key, (0.7, 0.1, 0.2), salt="")
    >>> np.bincount(side).tolist(), np.bincount(side[kind == 1]).tolist()
    ([70, 10, 20], [23, 3, 7])
    """
    _, group = np.unique(group, return_inverse=True)
    rank = np.full(group.max(initial=-1) + 1, np.iinfo(np.uint64).max)
    np.minimum.at(rank, group, salted(key, salt))
    known = kind >= 0
    size = np.bincount(group, minlength=len(rank))
    order = np.lexsort((rank, -size))
    counts = _label_counts(kind[known], sets, group[known], len(rank))
    with_label: dict[int, list[int]] = {}
    for member in order.tolist():
        for label in counts[member]:
            with_label.setdefault(label, []).append(member)
    left = {of: sum(counts[m][of] for m in members) for of, members in with_label.items()}
    lacking = {of: [rows * share for share in fractions] for of, rows in left.items()}
    labelled = np.unique(group[known])
    sides = [number for number, share in enumerate(fractions) if share]
    room = [int(size[labelled].sum()) * share for share in fractions]
    side = np.full(len(rank), -1, dtype=np.int8)
    trained: set[int] = set()

    def place(member: int, wish: Sequence[float]) -> None:
        mine = counts[member]
        last = any(left[of] == rows and of not in trained for of, rows in mine.items())
        chosen = max(sides, key=lambda number: (wish[number], room[number]))
        chosen = TRAIN if last and fractions[TRAIN] else chosen
        side[member] = chosen
        room[chosen] -= size[member]
        if chosen == TRAIN:
            trained.update(mine)
        for of, rows in mine.items():
            left[of] -= rows
            lacking[of][chosen] -= rows

    while open_ := {of: rows for of, rows in left.items() if rows}:
        rarest = min(open_, key=lambda of: (open_[of], of))
        for member in with_label[rarest]:
            if side[member] < 0:
                place(member, lacking[rarest])
    for member in order[np.isin(order, labelled)].tolist():
        if side[member] < 0:
            place(member, room)
    return np.where(side < 0, TRAIN, side)[group].astype(np.int8)


def _label_counts(
    kind: np.ndarray, sets: Sequence[Sequence[int]], group: np.ndarray, groups: int
) -> list[dict[int, int]]:
    """By group, how many of its rows have each label that it has."""
    counts: list[dict[int, int]] = [{} for _ in range(groups)]
    pairs, rows = np.unique(np.stack((group, kind)), axis=1, return_counts=True)
    for of, number, many in zip(*pairs.tolist(), rows.tolist(), strict=True):
        for label in sets[number]:
            counts[of][label] = counts[of].get(label, 0) + many
    return counts
