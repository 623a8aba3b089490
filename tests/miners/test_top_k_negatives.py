"""Mining of the hardest few negatives against a sort."""

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.top_k_negatives import TopKNegatives
from lightning_contrast.types import Pairs
from tests.miners.brute_force import assert_keeps, tile


@pytest.mark.parametrize("k", [1, 3, 7])
def test_it_keeps_the_k_most_similar_negatives(k):
    assert_keeps(TopKNegatives(k), lambda p, n: (set(p), set(sorted(n, key=n.get)[-k:])))


def test_one_is_the_hardest_and_many_are_all():
    similarity, pairs = tile()
    hardest = Hardest()(similarity, pairs).negative
    assert torch.equal(TopKNegatives(1)(similarity, pairs).negative, hardest)
    assert torch.equal(TopKNegatives(1000)(similarity, pairs).negative, pairs.negative)


def test_ties_with_the_last_are_kept():
    mask = torch.tensor([[True, False, False, False, False]])
    kept = TopKNegatives(2)(torch.tensor([[1.0, 0.5, 0.9, 0.5, 0.1]]), Pairs(mask, ~mask))
    assert kept.negative.tolist() == [[False, True, True, True, False]]


def test_none_is_named():
    with pytest.raises(InputError, match="k must be a whole number of at least 1"):
        TopKNegatives(0)
