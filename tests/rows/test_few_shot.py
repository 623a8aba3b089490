"""Few rows a class, drawn by the seed."""

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.few_shot import few_shot
from lightning_contrast.rows.training_rows import TrainingRows
from lightning_contrast.types import LabelSets

LABEL = np.repeat([0, 1, 2, -1], [30, 20, 8, 10])
KEY = salted(np.arange(68, dtype=np.uint64), "x")
TRAIN = np.arange(0, 68)
CLASSES = ("a", "b", "c")


def drawn(train, label, key, per_class, seed):
    rows = TrainingRows(train, label[train], key[train], CLASSES, [])
    return few_shot(rows, per_class, seed).row


def test_every_class_keeps_as_many_rows_and_unlabelled_ones_go() -> None:
    kept = drawn(TRAIN, LABEL, KEY, 8, seed=0)
    assert np.bincount(LABEL[kept]).tolist() == [8, 8, 8]
    assert len(set(kept.tolist())) == 24


def test_the_draw_follows_the_seed_and_not_the_order() -> None:
    draws = {s: drawn(TRAIN, LABEL, KEY, 8, seed=s).tolist() for s in range(5)}
    assert len({tuple(draw) for draw in draws.values()}) == 5
    order = np.random.default_rng(0).permutation(68)
    again = drawn(TRAIN, LABEL[order], KEY[order], 8, seed=3)
    assert sorted(order[again].tolist()) == draws[3]


def test_a_smaller_draw_is_part_of_a_larger_one() -> None:
    small, large = (drawn(TRAIN, LABEL, KEY, n, seed=1) for n in (2, 8))
    assert set(small.tolist()) < set(large.tolist())


def test_only_training_rows_are_drawn() -> None:
    train = np.flatnonzero(np.arange(68) % 2)
    assert set(drawn(train, LABEL, KEY, 4, seed=0)) <= set(train)


def test_too_few_rows_are_said() -> None:
    with pytest.raises(InputError, match=r"than class 'c' has \(8\): set source\.per_class=8"):
        drawn(TRAIN, LABEL, KEY, 9, seed=0)


SETS = LabelSets(
    ("a", "b", "c"), np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=bool)
)
SET = np.repeat([0, 1, 2, 3, -1], [30, 12, 5, 3, 10])


def drawn_sets(row, per_class, seed, order=None):
    order = np.arange(60) if order is None else order
    rows = TrainingRows(row, SET[order], KEY[:60][order], ("a", "a; b", "b; c", "(none)"), [], SETS)
    return few_shot(rows, per_class, seed)


def test_of_rows_with_several_labels_each_label_has_as_many_at_least() -> None:
    kept = drawn_sets(np.arange(60), 4, seed=0)
    of_a, of_b, of_c = (np.bincount(kept.label) @ SETS.members).tolist()
    assert of_a == of_c == 4 <= of_b <= 8, "b comes with c, and may come with a"
    assert (kept.label == 3).sum() == 3, "all without a label"
    assert (kept.label >= 0).all()
    again = drawn_sets(np.arange(60), 4, 0, order=(order := np.arange(60)[::-1]))
    assert sorted(order[again.row]) == kept.row.tolist()
    assert drawn_sets(np.arange(60), 4, seed=1).row.tolist() != kept.row.tolist()


def test_a_label_with_too_few_rows_is_named() -> None:
    with pytest.raises(InputError, match=r"than class 'c' has \(5\): set source\.per_class=5"):
        drawn_sets(np.arange(60), 6, seed=0)
