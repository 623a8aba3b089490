import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.negatives.cross_class import CrossClassNegatives

LABELS = np.repeat([2, 5, 9], [1, 10, 40])


def drawn(uniform_over, anchor, draws=20000):
    rule = CrossClassNegatives(LABELS, k=draws, uniform_over=uniform_over)
    return rule(np.array([anchor]), np.random.default_rng(0))[0]


@pytest.mark.parametrize("anchor", [0, 5, 30])
def test_every_other_row_is_equally_likely_over_rows(anchor):
    shares = np.bincount(drawn("rows", anchor), minlength=51) / 20000
    other = ~np.isin(LABELS, LABELS[anchor])
    assert np.abs(shares[other] - 1 / other.sum()).max() < 0.01
    assert shares[~other].sum() == 0


@pytest.mark.parametrize("anchor", [0, 5, 30])
def test_every_other_class_is_equally_likely_over_classes(anchor):
    classes, count = np.unique(LABELS[drawn("classes", anchor)], return_counts=True)
    assert LABELS[anchor] not in classes
    assert np.abs(count / 20000 - 0.5).max() < 0.02


def test_over_classes_every_row_of_a_class_is_equally_likely():
    shares = np.bincount(drawn("classes", 0), minlength=51) / 20000
    assert np.abs(shares[1:11] - 0.05).max() < 0.01
    assert np.abs(shares[11:] - 0.0125).max() < 0.005


@given(st.lists(st.integers(0, 6), min_size=2, max_size=30).filter(lambda v: len(set(v)) > 1))
def test_never_the_own_class_whatever_the_labels(labels):
    labels = np.array(labels)
    for uniform_over in ("classes", "rows"):
        rule = CrossClassNegatives(labels, k=3, uniform_over=uniform_over)
        negatives = rule(np.arange(len(labels)), np.random.default_rng(0))
        assert not (labels[negatives] == labels[:, None]).any()


@pytest.mark.parametrize(
    ("labels", "settings", "line"),
    [
        ([3, 3, 3], {}, "needs rows of two classes or more, .* all 3 training rows are of one"),
        ([0, 1, -1], {}, "1 of 3 training rows have none: set negatives=in_batch"),
    ],
)
def test_bad_input_is_told(labels, settings, line):
    with pytest.raises(InputError, match=line):
        CrossClassNegatives(np.array(labels), **settings)
