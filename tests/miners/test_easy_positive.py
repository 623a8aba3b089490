"""Easy positive mining against loops and pytorch-metric-learning."""

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.miners.easy_positive import EasyPositive
from tests.miners.brute_force import EVEN, assert_keeps, peer, tile


@pytest.mark.parametrize("negative", ["hard", "semi_hard", "all"])
def test_it_keeps_the_easiest_positive_and_the_negatives_named(negative):
    def rule(p, n):
        easiest = {max(p, key=p.get)} if p else set()
        if negative == "all":
            return easiest, set(n)
        if negative == "semi_hard":
            n = {j: s for j, s in n.items() if p and s < max(p.values())}
        return easiest, {max(n, key=n.get)} if n else set()

    assert_keeps(EasyPositive(negative), rule)
    assert EasyPositive(negative)(*tile()).single == (negative != "all")


@pytest.mark.parametrize(
    ("negative", "theirs"), [("hard", "hard"), ("semi_hard", "semihard"), ("all", "all")]
)
def test_the_pairs_are_those_of_pytorch_metric_learning(negative, theirs):
    for seed in range(5):
        kept = EasyPositive(negative)(*tile(EVEN, seed))
        expected = peer("BatchEasyHardMiner", EVEN, seed, pos_strategy="easy", neg_strategy=theirs)
        # theirs drops the positive of an anchor without a semi-hard negative, too
        whole = kept.negative.any(1, keepdim=True)
        assert torch.equal(kept.positive & whole, expected.positive)
        assert torch.equal(kept.negative, expected.negative)


def test_an_unknown_kind_of_negative_is_named():
    with pytest.raises(InputError, match="negative must be"):
        EasyPositive("easy")
