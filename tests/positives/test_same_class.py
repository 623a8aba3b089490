import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.positives.same_class import SameClassPositives

LABELS = np.array([4, 0, 4, 4, 7, 0, 4])


def test_never_the_row_itself_and_all_others_of_its_class_equally_often():
    positives = SameClassPositives(LABELS)(np.full(9000, 2), np.random.default_rng(0))
    shares = np.bincount(positives, minlength=7) / 9000
    assert shares[[1, 2, 4, 5]].sum() == 0
    assert np.abs(shares[[0, 3, 6]] - 1 / 3).max() < 0.03


def test_a_row_alone_in_its_class_is_its_own_positive():
    assert SameClassPositives(LABELS)(np.array([4, 4]), np.random.default_rng(0)).tolist() == [4, 4]


def test_a_pair_has_each_other():
    index = np.array([1, 5, 1])
    assert SameClassPositives(LABELS)(index, np.random.default_rng(0)).tolist() == [5, 1, 5]


def test_unlabelled_rows_are_refused():
    with pytest.raises(InputError, match="2 of 3 training rows have none: set positives=view"):
        SameClassPositives(np.array([-1, 0, -1]))
