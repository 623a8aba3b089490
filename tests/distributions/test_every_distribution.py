"""What holds for every distribution: a new one is found by its YAML in conf/distribution."""

import inspect
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hydra.utils import get_object
from hypothesis import event, given, settings
from hypothesis import strategies as st

from lightning_contrast.config.construct import construct
from lightning_contrast.data.prepare import prepare
from lightning_contrast.distributions.distribution import Distribution, shape
from lightning_contrast.errors import InputError
from lightning_contrast.rows.training_rows import TrainingRows
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled, LabelSets
from tests.choices import config, names
from tests.made_rows import CLASSES, contents, made_rows, reordered

ROWS = made_rows({0: 60, 1: 41, 2: 30, 4: 12, 7: 25}, unlabelled=9)
distributions = pytest.mark.parametrize("name", names("distribution"))


def make(name, seed=0):
    values = config("distribution", name)
    return construct(values | ({"seed": seed} if "seed" in values else {}))


NOT_DRAWN = {"natural", "clustered"}  # k-means mostly finds the same centres from any seed


@distributions
def test_yaml_holds_every_argument_with_its_default_and_the_seed_of_the_run(name):
    values = config("distribution", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    assert set(values) == set(parameters)
    assert values.pop("seed", "${seed}") == "${seed}"
    assert all(parameters[key].default == value for key, value in values.items())


@distributions
def test_rows_are_among_those_given_once_in_order_and_what_is_known_of_them_fits(name):
    shaped = make(name)(ROWS)
    assert 0 < len(shaped.row) <= len(ROWS.row)
    assert (np.diff(shaped.row) > 0).all()
    assert (shaped.key == ROWS.key[shaped.row]).all()
    assert shaped.classes == ROWS.classes and shaped.raw is ROWS.raw
    assert shaped.label.dtype == ROWS.label.dtype


@distributions
def test_what_is_given_stays_as_it_is(name):
    before = made_rows({0: 60, 1: 41, 2: 30, 4: 12, 7: 25}, unlabelled=9)
    make(name)(ROWS)
    assert all((old == new).all() for old, new in zip(before[:3], ROWS[:3], strict=True))


@distributions
def test_every_class_keeps_a_row_and_none_appears(name):
    assert make(name)(ROWS).present.tolist() == ROWS.present.tolist() == [0, 1, 2, 4, 7]


@distributions
def test_the_outcome_depends_on_contents_and_seed_and_not_on_the_order_of_the_rows(name):
    first = contents(make(name)(ROWS))
    assert all(contents(make(name)(reordered(ROWS, seed))) == first for seed in range(3))
    if name not in NOT_DRAWN:
        assert contents(make(name, seed=1)(ROWS)) != first


@distributions
def test_unlabelled_rows_never_get_a_label(name):
    shaped = make(name)(ROWS)
    was = ROWS.label[shaped.row]
    assert (shaped.label[was < 0] == -1).all()
    assert (shaped.label[was >= 0] >= 0).all()


@distributions
@settings(max_examples=25)
@given(st.dictionaries(st.integers(0, 11), st.integers(1, 40), min_size=1, max_size=6))
def test_any_sizes_give_rows_of_every_class_or_one_line_that_says_why_not(name, sizes):
    rows = made_rows(sizes)
    try:
        shaped, figures = shape(rows, make(name))
    except InputError as error:
        said = str(error)
        event(said.partition(":")[0])
        if "\n" in said or ("set distribution" not in said and "make it milder" not in said):
            raise
        return
    assert shaped.present.tolist() == sorted(sizes)
    assert set(shaped.row) <= set(rows.row)
    assert figures["imbalance"] >= 1 and 0 <= figures["noise_rate"] < 1


@dataclass
class Given(Source):
    """Rows from memory."""

    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        rows = made_rows({0: 120, 1: 80, 2: 60}, unlabelled=10)
        split = np.full(len(rows.row), -1, dtype=np.int8)
        return Labelled(rows.raw, rows.label, CLASSES, rows.row, split, {})


@distributions
def test_validation_and_test_keep_their_rows_and_labels(name):
    plain, shaped = prepare(Given()), prepare(Given(), distribution=make(name))
    for side in ("validation", "test"):
        rows = getattr(plain, side)
        assert rows.tolist() == getattr(shaped, side).tolist()
        assert (plain.labelled.label[rows] == shaped.labelled.label[rows]).all()
    assert set(shaped.train) <= set(plain.train)
    assert shaped.counts["train_before_distribution"] == len(plain.train)
    assert shaped.counts["train"] == len(shaped.train)
    seen = np.bincount(shaped.labelled.label[shaped.train][plain.labelled.label[shaped.train] >= 0])
    assert shaped.distribution["imbalance"] == seen.max() / seen.min()
    assert ("seed" in shaped.distribution) == (name != "natural")


@distributions
def test_images_are_shaped_as_texts_are(name):
    splits = prepare(Digits(), distribution=make(name))
    assert len(np.unique(splits.labelled.label[splits.train])) == 10
    assert len(splits.train) <= splits.counts["train_before_distribution"]


def test_a_class_without_rows_left_is_told():
    class NothingOfA(Distribution):
        def __call__(self, rows: TrainingRows) -> TrainingRows:
            return rows.kept(np.flatnonzero(rows.label != 0))

    with pytest.raises(InputError, match="distribution NothingOfA leaves no training row of 'a'"):
        shape(ROWS, NothingOfA())


@distributions
def test_rows_with_several_labels_stay_what_they_are_and_no_label_is_lost(name):
    members = np.random.default_rng(0).random((12, 4)) < 0.4
    sets = LabelSets(tuple("wxyz"), members | (np.arange(12)[:, None] % 4 == np.arange(4)))
    label = np.arange(240) % 12
    texts = [f"{i % 7} of {i % 11} and {i}" for i in range(240)]
    key = np.random.default_rng(1).permutation(240).astype(np.uint64)
    classes = tuple(map(str, range(12)))
    rows = TrainingRows(np.arange(240), label, key, classes, texts, sets)
    shaped, figures = shape(rows, make(name))
    assert 1 <= figures["imbalance"] < 30
    assert (shaped.label_sizes > 0).all()
    if name != "label_noise":
        assert (shaped.label == label[shaped.row]).all()
