"""Sizes of classes: long-tailed, stepped, uniform, a few of each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.data.prepare import prepare
from lightning_contrast.distributions.few_shot import FewShot
from lightning_contrast.distributions.long_tail import LongTail
from lightning_contrast.distributions.step import Step
from lightning_contrast.distributions.uniform import Uniform
from lightning_contrast.errors import InputError
from lightning_contrast.rows.training_rows import TrainingRows
from lightning_contrast.sources.digits import Digits
from tests.made_rows import made_rows


def numbered(sizes: list[int]) -> TrainingRows:
    """Rows that are nothing but numbers: quick to make by the thousand."""
    label = np.repeat(np.arange(len(sizes)), sizes)
    row = np.arange(len(label))
    return TrainingRows(row, label, row.astype(np.uint64), tuple(map(str, range(len(sizes)))), [])


CIFAR_10 = numbered([5000] * 10)


def test_the_long_tail_of_ten_classes_has_the_published_sizes():
    assert LongTail(100)(CIFAR_10).sizes.tolist() == [
        *(5000, 2997, 1796, 1077, 645),
        *(387, 232, 139, 83, 50),
    ]
    assert LongTail(10)(CIFAR_10).sizes[-1] == 500
    assert LongTail(1)(CIFAR_10).sizes.tolist() == [5000] * 10


def test_half_of_the_classes_are_rare_in_steps():
    assert Step(100)(CIFAR_10).sizes.tolist() == [5000] * 5 + [50] * 5
    assert Step(5, rare=0.2)(CIFAR_10).sizes.tolist() == [5000] * 8 + [1000] * 2
    assert Step(5, rare=0.01)(CIFAR_10).sizes.tolist() == [5000] * 9 + [1000]
    assert Step(5, rare=0.99)(numbered([50, 50])).sizes.tolist() == [50, 10]


SIZES = st.lists(st.integers(20, 300), min_size=2, max_size=7)


@settings(max_examples=60)
@given(SIZES, st.floats(1, 20))
def test_the_tail_follows_the_formula_and_is_as_large_as_the_classes_allow(sizes, factor):
    kept = LongTail(factor)(numbered(sizes)).sizes
    order = sorted(range(len(sizes)), key=lambda c: (-sizes[c], c))
    largest = kept[order[0]]
    for i, c in enumerate(order):
        share = factor ** (-i / (len(sizes) - 1))
        assert kept[c] in {int(largest * share), round(largest * share)}
        assert kept[c] <= largest * share + 1e-6 and kept[c] <= sizes[c]
    full = [sizes[c] / factor ** (-i / (len(sizes) - 1)) for i, c in enumerate(order)]
    assert largest <= min(full) + 1e-6 < largest + 1 + 2e-6


@settings(max_examples=60)
@given(SIZES, st.floats(1, 20), st.floats(0.05, 0.95))
def test_steps_have_two_sizes_and_the_rare_classes_are_the_least_frequent(sizes, factor, rare):
    kept = Step(factor, rare)(numbered(sizes)).sizes
    few = min(max(int(rare * len(sizes)), 1), len(sizes) - 1)
    order = sorted(range(len(sizes)), key=lambda c: (-sizes[c], c))
    largest = kept[order[0]]
    assert {int(kept[c]) for c in order[: len(sizes) - few]} == {int(largest)}
    assert {int(kept[c]) for c in order[len(sizes) - few :]} == {int(largest / factor + 1e-9)}
    assert (kept <= sizes).all()


def test_which_class_is_the_largest_is_drawn_by_the_seed_where_asked():
    heads = {LongTail(10, "random", seed=s)(CIFAR_10).sizes.argmax() for s in range(30)}
    assert len(heads) > 5
    first, again = (LongTail(10, "random", seed=4)(CIFAR_10).sizes for _ in range(2))
    assert (first == again).all() and sorted(first) == sorted(LongTail(10)(CIFAR_10).sizes)
    assert len({tuple(Step(10, order="random", seed=s)(CIFAR_10).sizes) for s in range(9)}) > 5


def test_the_largest_class_may_be_given_up_to_what_the_others_can_follow():
    assert LongTail(100, largest=500)(CIFAR_10).sizes[[0, -1]].tolist() == [500, 5]
    assert Step(10, largest=70)(numbered([100, 9])).sizes.tolist() == [70, 7]
    with pytest.raises(InputError, match=r"from 1 to 90, which is what class '1' can .* got 91"):
        Step(10, largest=91)(numbered([100, 9]))


def test_a_steeper_tail_has_rows_of_the_flatter_one_only():
    flat, steep = (set(LongTail(f, largest=50)(numbered([90] * 4)).row) for f in (2, 25))
    assert steep < flat


def test_uniform_takes_the_size_of_the_smallest_class_or_the_one_given():
    rows = made_rows({0: 30, 3: 12, 5: 20}, unlabelled=4)
    assert Uniform()(rows).sizes[[0, 3, 5]].tolist() == [12, 12, 12]
    assert Uniform(per_class=5)(rows).sizes.sum() == 15
    with pytest.raises(InputError, match=r"distribution\.per_class=13 .* 'd' has \(12\)"):
        Uniform(per_class=13)(rows)


def test_few_shot_draws_the_rows_that_the_source_would():
    by_source = prepare(Digits(per_class=8), seed=3)
    shaped = prepare(Digits(), seed=0, distribution=FewShot(8, seed=3))
    assert by_source.train.tolist() == shaped.train.tolist()


@pytest.mark.parametrize(
    ("sizes", "call", "says"),
    [
        (
            [9],
            lambda rows: LongTail()(rows),
            r"long_tail needs .* two classes or more, got \['0'\]",
        ),
        ([9], lambda rows: Step()(rows), r"step needs .* two classes or more, got \['0'\]"),
        ([9, 9], lambda rows: LongTail(20)(rows), r"row of class '1', .*_factor=9 or"),
        ([9, 9], lambda rows: Step(20)(rows), r"row of class '1', .*_factor=9 or"),
    ],
)
def test_what_can_not_be_is_said_in_one_line(sizes, call, says):
    with pytest.raises(InputError, match=says) as error:
        call(numbered(sizes))
    assert "\n" not in str(error.value)
