"""Rates of a group against scikit-learn and fairlearn."""

import numpy as np
import pytest
from fairlearn.metrics import false_negative_rate, false_positive_rate, selection_rate
from sklearn.metrics import f1_score

from lightning_contrast.metrics.group_rates import rates


@pytest.mark.parametrize("seed", range(3))
def test_rates_of_two_classes_are_those_of_fairlearn(seed):
    label, predicted = np.random.default_rng(seed).integers(2, size=(2, 50))
    found = rates(label, predicted, [1])
    assert found.false_positive == pytest.approx(false_positive_rate(label, predicted))
    assert found.false_negative == pytest.approx(false_negative_rate(label, predicted))
    assert found.selection == pytest.approx(selection_rate(label, predicted))
    assert found.f1 == pytest.approx(f1_score(label, predicted))


def test_rates_of_more_classes_are_means_of_each_against_the_rest():
    label, predicted = np.random.default_rng(0).integers(3, size=(2, 80))
    found = rates(label, predicted, [0, 1, 2])
    single = [rates(label == n, predicted == n, [True]) for n in range(3)]
    for name in found._fields:
        assert getattr(found, name) == pytest.approx(np.mean([getattr(s, name) for s in single]))
    assert found.f1 == pytest.approx(f1_score(label, predicted, average="macro"))


def test_a_rate_without_rows_is_none():
    ones = np.ones(4, dtype=int)
    assert rates(ones, ones, [1]) == (None, 0.0, 1.0, 1.0)
    assert rates(0 * ones, 0 * ones, [1]) == (0.0, None, 0.0, None)
