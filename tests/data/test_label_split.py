"""Splits by iterative stratification: the labels' shares, whole groups, no order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.data.label_split import label_split
from lightning_contrast.data.splits import complete_split
from lightning_contrast.rows.content import salted

FRACTIONS = (0.7, 0.1, 0.2)


def keys(count: int) -> np.ndarray:
    return salted(np.arange(count, dtype=np.uint64), "rows")


def rows_of(labels: np.ndarray) -> tuple[np.ndarray, list[list[int]]]:
    """The set of each row, and the labels of each set, of zeros and ones."""
    sets, kind = np.unique(labels, axis=0, return_inverse=True)
    return kind, [np.flatnonzero(one).tolist() for one in sets]


def by_hand(labels: np.ndarray, order: list[int], fractions: tuple[float, ...]) -> list[int]:
    """Algorithm 1 of the paper, row by row; ties by the order of the rows and of the splits."""
    lacking = np.outer(fractions, labels.sum(0)).astype(float)
    room = np.array(fractions) * len(labels)
    side, left = [-1] * len(labels), set(order)
    while left:
        counts = sum(labels[row] for row in left)
        some = counts.max() > 0
        rarest = int(np.where(counts > 0, counts, np.inf).argmin())
        for row in [row for row in order if row in left and (not some or labels[row, rarest])]:
            wish = lacking[:, rarest] if some else room
            most = np.flatnonzero(wish == wish.max())
            side[row] = int(most[room[most].argmax()])
            lacking[side[row]] -= labels[row]
            room[side[row]] -= 1
            left.remove(row)
    return side


@pytest.mark.parametrize("seed", range(5))
def test_single_rows_are_split_as_the_paper_has_it(seed: int) -> None:
    labels = (np.random.default_rng(seed).random((60, 4)) < [0.5, 0.3, 0.2, 0.4]).astype(int)
    order = np.argsort(salted(keys(60), "s")).tolist()
    side = label_split(*rows_of(labels), np.arange(60), keys(60), (0.5, 0.25, 0.25), "s")
    assert side.tolist() == by_hand(labels, order, (0.5, 0.25, 0.25))


@settings(max_examples=60)
@given(st.lists(st.integers(-1, 7), min_size=1, max_size=80), st.integers(1, 40))
def test_groups_stay_whole_in_any_order_and_every_label_trains(kinds: list[int], groups: int):
    kind, key = np.array(kinds), keys(len(kinds))
    sets = [[bit for bit in range(3) if number >> bit & 1] for number in range(8)]
    group = np.random.default_rng(len(kinds)).integers(0, groups, len(kinds))
    side = label_split(kind, sets, group, key, (0.2, 0.4, 0.4), "s")
    for one in np.unique(group):
        assert len(set(side[group == one])) == 1
    for label in range(3):
        has = np.isin(kind, [n for n, labels in enumerate(sets) if label in labels])
        assert not has.any() or (side[has] == 0).any()
    order = np.random.default_rng(groups).permutation(len(kinds))
    renamed = (group[order] * 7) % 1009
    again = label_split(kind[order], sets, renamed, key[order], (0.2, 0.4, 0.4), "s")
    assert (again == side[order]).all()


def test_each_label_has_its_share_on_every_side() -> None:
    labels = np.random.default_rng(0).random((4000, 30)) < 1 / np.arange(2, 32)
    side = label_split(*rows_of(labels), np.arange(4000), keys(4000), FRACTIONS, "")
    assert np.bincount(side).tolist() == pytest.approx([2800, 400, 800], abs=3)
    for number, share in enumerate(FRACTIONS):
        assert labels[side == number].sum(0) == pytest.approx(share * labels.sum(0), abs=3)


def test_a_split_with_a_share_of_nothing_gets_nothing() -> None:
    labels = np.random.default_rng(0).random((100, 3)) < 0.5
    kind, sets = rows_of(labels)
    own = np.repeat([-1, 2], [80, 20])
    side = complete_split(own, kind, np.arange(100), keys(100), FRACTIONS, "", sets)
    assert (side[80:] == 2).all() and (side[:80] < 2).all()
    assert np.bincount(side).tolist() == pytest.approx([70, 10, 20], abs=1)


def test_a_row_without_label_goes_with_its_group_or_to_training() -> None:
    kind = np.array([0] * 10 + [1] * 10 + [-1] * 30)
    group = np.array([*range(20), *range(20), *[99] * 10])
    side = label_split(kind, [[0], [0, 1]], group, keys(50), FRACTIONS, "")
    assert (side[20:40] == side[:20]).all()
    assert (side[40:] == 0).all()
