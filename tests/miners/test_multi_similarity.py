"""Multi-similarity mining against loops and pytorch-metric-learning."""

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.miners.multi_similarity import MultiSimilarity
from tests.miners.brute_force import EVEN, assert_keeps, peer, tile


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.4])
def test_it_keeps_pairs_that_overlap_with_the_other_kind(epsilon):
    def rule(p, n):
        positive = {j for j, s in p.items() if n and s < max(n.values()) + epsilon}
        return positive, {j for j, s in n.items() if p and s > min(p.values()) - epsilon}

    assert_keeps(MultiSimilarity(epsilon), rule)


@pytest.mark.parametrize("epsilon", [0.01, 0.1])
def test_the_pairs_are_those_of_pytorch_metric_learning(epsilon):
    for seed in range(5):
        kept = MultiSimilarity(epsilon)(*tile(EVEN, seed))
        expected = peer("MultiSimilarityMiner", EVEN, seed, epsilon=epsilon)
        assert torch.equal(kept.positive, expected.positive)
        assert torch.equal(kept.negative, expected.negative)


def test_a_negative_epsilon_is_named():
    with pytest.raises(InputError, match="epsilon"):
        MultiSimilarity(-0.1)
