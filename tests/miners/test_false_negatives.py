"""Removal of probable false negatives against loops."""

import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.miners.false_negatives import FalseNegatives
from tests.miners.brute_force import assert_keeps


@pytest.mark.parametrize("threshold", [None, 0.2])
@pytest.mark.parametrize("top_k", [None, 1, 3])
def test_the_most_similar_negatives_above_the_threshold_leave(threshold, top_k):
    if threshold is None and top_k is None:
        return

    def rule(p, n):
        ranked = sorted(n, key=n.get)[-top_k:] if top_k else n
        false = {j for j in ranked if threshold is None or n[j] > threshold}
        return set(p), set(n) - false

    assert_keeps(FalseNegatives(threshold, top_k), rule)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"threshold": None, "top_k": None}, "threshold or top_k must be set"),
        ({"threshold": 1.5}, "threshold must be a number from -1 to 1"),
        ({"top_k": 0}, "top_k must be a whole number of at least 1 or null"),
    ],
)
def test_bad_settings_are_named(bad, words):
    with pytest.raises(InputError, match=words):
        FalseNegatives(**bad)
