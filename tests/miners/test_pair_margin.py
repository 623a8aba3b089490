"""Pair margin mining against loops and pytorch-metric-learning."""

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.miners.pair_margin import PairMargin
from tests.miners.brute_force import EVEN, assert_keeps, peer, tile


def test_it_keeps_positives_below_their_margin_and_negatives_above_theirs():
    def rule(p, n):
        return {j for j, s in p.items() if s < 0.3}, {j for j, s in n.items() if s > -0.2}

    assert_keeps(PairMargin(0.3, -0.2), rule)


def test_the_pairs_are_those_of_pytorch_metric_learning():
    from pytorch_metric_learning.distances import CosineSimilarity

    settings = {"pos_margin": 0.3, "neg_margin": -0.2, "distance": CosineSimilarity()}
    for seed in range(5):
        kept = PairMargin(0.3, -0.2)(*tile(EVEN, seed))
        expected = peer("PairMarginMiner", EVEN, seed, **settings)
        assert torch.equal(kept.positive, expected.positive)
        assert torch.equal(kept.negative, expected.negative)


def test_the_defaults_are_their_distances():
    for ours, theirs in ((PairMargin().positive_margin, 0.2), (PairMargin().negative_margin, 0.8)):
        assert ours == pytest.approx(1 - theirs**2 / 2)


@pytest.mark.parametrize("bad", [{"positive_margin": 2}, {"negative_margin": -1.1}], ids=str)
def test_a_margin_that_is_no_cosine_is_named(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        PairMargin(**bad)
