import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.negatives.cross_class import CrossClassNegatives
from lightning_contrast.negatives.random import RandomNegatives

LABELS = np.array([4, -1, 4, 0, -1, 0, 0, 9])


@pytest.mark.parametrize(
    ("anchor", "allowed"),
    [(0, [1, 3, 4, 5, 6, 7]), (1, [0, 2, 3, 4, 5, 6, 7]), (7, [0, 1, 2, 3, 4, 5, 6])],
)
def test_every_row_not_known_to_be_of_the_class_is_equally_likely(anchor, allowed):
    drawn = RandomNegatives(LABELS, k=40000)(np.array([anchor]), np.random.default_rng(0))[0]
    shares = np.bincount(drawn, minlength=8) / 40000
    assert np.abs(shares[allowed] - 1 / len(allowed)).max() < 0.01
    assert shares.sum() == pytest.approx(shares[allowed].sum())


def test_with_labels_for_all_it_is_cross_class_over_rows():
    labels = np.random.default_rng(0).integers(4, size=50)
    rules = RandomNegatives(labels, 5), CrossClassNegatives(labels, 5, uniform_over="rows")
    one, other = (rule(np.arange(50), np.random.default_rng(1)) for rule in rules)
    assert np.array_equal(one, other)


def test_of_unlabelled_rows_any_but_the_anchor():
    rule = RandomNegatives(np.full(3, -1), k=200)
    drawn = rule(np.arange(3), np.random.default_rng(0))
    assert [sorted(set(row)) for row in drawn.tolist()] == [[1, 2], [0, 2], [0, 1]]


@pytest.mark.parametrize("labels", [[1, 1], [-1]])
def test_bad_input_is_told(labels):
    with pytest.raises(InputError, match="set negatives=in_batch"):
        RandomNegatives(np.array(labels))
