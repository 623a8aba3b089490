"""Wrong labels: how many, which, and that only training sees them."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.prepare import prepare
from lightning_contrast.distributions.distribution import shape
from lightning_contrast.distributions.label_noise import LabelNoise
from lightning_contrast.errors import InputError
from lightning_contrast.negatives.cross_class import CrossClassNegatives
from lightning_contrast.sources.digits import Digits
from tests.made_rows import made_rows

ROWS = made_rows({0: 400, 2: 300, 5: 90, 6: 11}, unlabelled=20)


def confusion(rows, shaped):
    table = np.zeros((len(rows.classes) + 1,) * 2, dtype=int)
    np.add.at(table, (rows.label, shaped.label), 1)
    return table


@settings(max_examples=30)
@given(st.floats(0, 0.99), st.integers(0, 5))
def test_the_rate_is_exact_in_every_class(rate, seed):
    table = confusion(ROWS, LabelNoise(rate, seed=seed)(ROWS))
    wrong = table.sum(1) - np.diag(table)
    assert wrong[[0, 2, 5, 6]].tolist() == [int(rate * n + 0.5) for n in (400, 300, 90, 11)]
    assert wrong[-1] == 0 and table[:, [1, 3, 4]].sum() == 0


def test_every_other_class_is_as_likely_a_wrong_label():
    table = confusion(ROWS, LabelNoise(0.9)(ROWS))
    drawn = table[0, [2, 5, 6]]  # 360 rows, 120 each expected, a standard deviation of 9
    assert drawn.sum() == 360
    assert (abs(drawn - 120) < 36).all()


def test_the_wrong_labels_of_a_lower_rate_are_among_those_of_a_higher_one():
    low, high = (LabelNoise(rate, seed=2)(ROWS).label for rate in (0.2, 0.6))
    changed = low != ROWS.label
    assert (high[changed] == low[changed]).all()


def test_a_table_flips_its_own_classes_to_their_targets_alone():
    noise = LabelNoise(0.3, flips={"a": "c", "c": "g"})
    shaped, figures = shape(ROWS, noise)
    table = confusion(ROWS, shaped)
    assert table[0, 2] == 120 and table[2, 6] == 90
    assert table.sum() - np.trace(table) == 210
    assert figures["noise_rate"] == 210 / 801


def test_names_that_look_like_numbers_are_names():
    splits = prepare(Digits(), distribution=LabelNoise(0.5, flips={3: 8}))
    plain = prepare(Digits())
    moved = splits.labelled.label[plain.train] != plain.labelled.label[plain.train]
    assert set(plain.labelled.label[plain.train][moved]) == {3}
    assert set(splits.labelled.label[plain.train][moved]) == {8}


def test_training_sees_the_wrong_labels_and_nobody_else_does():
    data = ImageDataModule(
        Digits(),
        batch_size=60,
        negatives=partial(CrossClassNegatives, k=2),
        distribution=LabelNoise(0.4, seed=1),
    )
    data.setup()
    true = Digits().load().label
    seen = data.splits.labelled.label
    for batch in (b for loader in (data.train_dataloader(),) for b in loader):
        assert (batch.label.numpy() == seen[batch.index.numpy()]).all()
        assert (batch.negative.label != batch.anchor.label[:, None]).all()
    bank = np.concatenate([batch.anchor.label.numpy() for batch in data.bank_dataloader()])
    assert (bank == seen[data.splits.train]).all()
    assert (bank != true[data.splits.train]).mean() == data.splits.distribution["noise_rate"]
    assert data.splits.distribution["noise_rate"] == pytest.approx(0.4, abs=0.005)
    for loader, rows in (
        (data.val_dataloader(), data.splits.validation),
        (data.test_dataloader(), data.splits.test),
    ):
        label = np.concatenate([batch.anchor.label.numpy() for batch in loader])
        assert (label == true[rows]).all()


@pytest.mark.parametrize(
    ("sizes", "call", "says"),
    [
        ({0: 9, 1: 9}, partial(LabelNoise, 0.1, flips={}), r"flips must map names .* got \{\}"),
        ({0: 9, 1: 9}, partial(LabelNoise, 0.1, flips="a"), "flips must map names .* got 'a'"),
        (
            {0: 9, 1: 9},
            partial(LabelNoise, 0.1, flips={"cat": "b"}),
            "a class 'cat' without training rows; those with rows are a, b:",
        ),
        ({0: 9, 1: 9}, partial(LabelNoise, 0.1, flips={"a": "c"}), "a class 'c' without training"),
        ({0: 9, 1: 9}, partial(LabelNoise, 0.1, flips={"a": "a"}), "another class for 'a'"),
        ({1: 9}, partial(LabelNoise, 0.1), r"label_noise needs .* or more, got \['b'\]"),
        (
            {0: 9, 1: 9},
            partial(LabelNoise, 0.98, flips={"a": "b"}),
            "LabelNoise leaves no training row of 'a'",
        ),
    ],
)
def test_what_can_not_be_is_said_in_one_line(sizes, call, says):
    with pytest.raises(InputError, match=says) as error:
        shape(made_rows(sizes), call())
    assert "\n" not in str(error.value)
