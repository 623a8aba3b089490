"""Splits by content: no order, whole groups, the classes' proportions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.data.splits import check_fractions, complete_split, hash_split
from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import salted

FRACTIONS = (0.7, 0.1, 0.2)


def keys(count: int) -> np.ndarray:
    return salted(np.arange(count, dtype=np.uint64), "rows")


@settings(max_examples=60)
@given(st.lists(st.integers(-1, 4), min_size=1, max_size=80), st.integers(1, 40), st.randoms())
def test_groups_stay_whole_in_any_order_of_the_rows(
    labels: list[int], groups: int, random: object
) -> None:
    label, key = np.array(labels), keys(len(labels))
    group = np.random.default_rng(len(labels)).integers(0, groups, len(labels))
    side = hash_split(label, group, key, FRACTIONS, "s")
    for one in np.unique(group):
        assert len(set(side[group == one])) == 1
    order = np.random.default_rng(groups).permutation(len(labels))
    renamed = (group[order] * 7) % 1009
    assert (hash_split(label[order], renamed, key[order], FRACTIONS, "s") == side[order]).all()


@settings(max_examples=60)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_single_rows_are_stratified_to_two_rows_and_every_class_trains(sizes: list[int]) -> None:
    label = np.repeat(np.arange(len(sizes)), sizes)
    side = hash_split(label, np.arange(len(label)), keys(len(label)), FRACTIONS, "")
    table = np.stack([np.bincount(label[side == s], minlength=len(sizes)) for s in range(3)])
    assert (table[0] > 0).all()
    assert np.abs(table - np.outer(FRACTIONS, sizes)).max() <= 2
    if min(sizes) > 4:
        assert np.abs(table.sum(axis=1) - np.array(FRACTIONS) * sum(sizes)).max() <= 2


def test_another_salt_is_another_split_of_the_same_sizes() -> None:
    label = np.repeat([0, 1], 100)
    sides = [hash_split(label, np.arange(200), keys(200), FRACTIONS, s) for s in ("", "a", "b")]
    assert all(np.bincount(side).tolist() == [140, 20, 40] for side in sides)
    overlap = [np.mean(sides[i][sides[j] == 2] == 2) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert max(overlap) < 0.45, "a fifth is expected"


def test_large_groups_are_placed_as_near_to_the_fractions_as_they_allow() -> None:
    group = np.repeat(np.arange(60), 10)
    label = (group % 2).astype(np.int64)
    side = hash_split(label, group, keys(600), FRACTIONS, "")
    assert np.abs(np.bincount(side) - np.array([420, 60, 120])).max() <= 10


def test_a_row_without_label_goes_with_its_group_or_to_training() -> None:
    label = np.array([0] * 10 + [1] * 10 + [-1] * 30)
    group = np.array([*range(20), *range(20), *[99] * 10])
    side = hash_split(label, group, keys(50), FRACTIONS, "")
    assert (side[20:40] == side[:20]).all()
    assert (side[40:] == 0).all()


@pytest.mark.parametrize("missing", [1, 2])
def test_the_sources_own_sides_stay_and_the_missing_one_comes_out_of_training(
    missing: int,
) -> None:
    present = 3 - missing
    own = np.repeat([0, present], [900, 100])
    label = np.arange(1000) % 2
    side = complete_split(own, label, np.arange(1000), keys(1000), FRACTIONS, "")
    assert ((side == present) == (own == present)).all()
    relative = FRACTIONS[missing] / (FRACTIONS[0] + FRACTIONS[missing])
    assert (side == missing).sum() == pytest.approx(900 * relative, abs=2)


def test_a_complete_split_of_the_source_is_not_touched() -> None:
    own = np.array([0, 1, 2, 2, 1, 0])
    assert (complete_split(own, own * 0, np.arange(6), keys(6), FRACTIONS, "x") == own).all()


@pytest.mark.parametrize(
    "fractions",
    [(0.5, 0.5), (0.7, 0.2, 0.2), (1.2, -0.1, -0.1), (0, 0.5, 0.5), [1, float("nan"), 0]],
)
def test_fractions_that_are_no_shares_are_refused(fractions: list[float]) -> None:
    with pytest.raises(InputError, match=r"source\.fractions must be three numbers"):
        check_fractions(fractions)
