"""A few labelled rows of each class, without the others or among them."""

import numpy as np

from lightning_contrast.distributions.distribution import shape
from lightning_contrast.distributions.few_shot import FewShot
from tests.made_rows import made_rows


def test_the_rows_that_keep_their_label_are_those_that_would_be_left():
    rows = made_rows({0: 20, 1: 30, 2: 5}, unlabelled=4)
    few, figures = shape(rows, FewShot(3, seed=1))
    among, hidden = shape(rows, FewShot(3, seed=1, unlabelled=True))
    assert np.array_equal(among.row, rows.row)
    known = among.label >= 0
    assert np.array_equal(among.row[known], few.row)
    assert np.array_equal(among.label[known], few.label)
    assert figures["noise_rate"] == hidden["noise_rate"] == 0
