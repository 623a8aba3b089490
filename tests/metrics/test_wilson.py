"""Wilson's interval of a rate."""

import numpy as np
import pytest

from lightning_contrast.metrics.wilson import wilson_interval


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),  # Newcombe 1998, table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_published_examples(hits, rows, low, high):
    assert wilson_interval(hits, rows) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_covers_the_true_share_about_as_often_as_it_says():
    ends = [wilson_interval(hits, 60) for hits in range(61)]
    seen = np.random.default_rng(0).binomial(60, 0.9, 4000)
    inside = [ends[hits][0] <= 0.9 <= ends[hits][1] for hits in seen]
    assert 0.93 < np.mean(inside) < 0.97
