"""Distance weighted sampling: its frequencies, and the weights of pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.miners.distance_weighted import DistanceWeighted, log_weights
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Pairs
from tests.miners.brute_force import EVEN, LABELS, tile

DRAWS = 40_000


def probabilities(similarity, negative, width, cutoff, beyond):
    """By the formula of the paper, for one anchor."""
    weight = []
    for s, is_negative in zip(similarity.tolist(), negative.tolist(), strict=True):
        d = max(math.sqrt(max(0.0, 2 - 2 * s)), cutoff)
        density = d ** (width - 2) * (1 - d * d / 4) ** ((width - 3) / 2)
        weight.append(1 / density if is_negative and d < beyond else 0.0)
    return torch.tensor(weight, dtype=torch.float64) / (sum(weight) or 1)


@pytest.mark.parametrize(
    ("width", "cutoff", "beyond"), [(6, 0.5, 1.7), (2, 0.9, 1.9), (32, 1, 1.5)]
)
def test_negatives_are_drawn_as_often_as_the_formula_says(width, cutoff, beyond):
    similarity, pairs = tile()
    miner = DistanceWeighted(width, cutoff, beyond)
    torch.manual_seed(0)
    for anchor in (0, 2, 8):
        row = similarity[anchor].float().expand(DRAWS, -1)
        masks = Pairs(*(mask[anchor].expand(DRAWS, -1) for mask in pairs[:2]))
        kept = miner(row, masks)
        assert torch.equal(kept.positive, masks.positive) and not kept.single
        expected = probabilities(similarity[anchor], pairs.negative[anchor], width, cutoff, beyond)
        assert (expected > 0.01).sum() > 2, "several negatives are in reach"
        assert (kept.negative.sum(1) == 1).all()
        found = kept.negative.double().mean(0)
        deviation = (expected * (1 - expected) / DRAWS).sqrt()
        assert ((found - expected).abs() <= 4 * deviation).all()


def test_the_weights_are_those_of_pytorch_metric_learning(monkeypatch):
    from pytorch_metric_learning import miners
    from pytorch_metric_learning.utils import loss_and_miner_utils

    seen = {}
    monkeypatch.setattr(
        loss_and_miner_utils,
        "get_random_triplet_indices",
        lambda *a, weights, **k: seen.update(weights=weights) or [torch.zeros(0).long()] * 3,
    )
    miners.DistanceWeightedMiner()(rows(EVEN).embedding, torch.tensor(EVEN))
    similarity, pairs = tile(EVEN)
    allowed = pairs.negative & (similarity > 1 - 1.4**2 / 2)
    ours = log_weights(similarity, 6, 0.5).masked_fill(~allowed, -math.inf).softmax(1)
    torch.testing.assert_close(ours, seen["weights"])


def test_each_call_draws_anew_and_a_seed_repeats_it():
    similarity, pairs = tile()
    miner = DistanceWeighted(6)
    draws = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        draws.append(torch.stack([miner(similarity, pairs).negative for _ in range(5)]))
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    assert not (draws[0] == draws[0][0]).all()


def test_a_wide_embedding_and_opposite_rows_draw_one_negative_in_float32():
    similarity = torch.tensor([[1.0, -1.0, 0.0, 0.3]]).expand(len(LABELS), -1)
    negative = torch.ones_like(similarity, dtype=torch.bool)
    for beyond in (1.4, 2.0):
        kept = DistanceWeighted(4096, 0.5, beyond)(similarity, Pairs(~negative, negative))
        assert (kept.negative.sum(1) == 1).all()


def test_an_anchor_without_a_negative_in_reach_has_none():
    mask = torch.tensor([[True, False, False]])
    kept = DistanceWeighted(6)(torch.tensor([[0.9, -0.5, 0.0]]), Pairs(mask, ~mask))
    assert not kept.negative.any() and torch.equal(kept.positive, mask)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"embedding_size": 1}, "embedding_size"),
        ({"embedding_size": 8, "cutoff": 0}, "cutoff"),
        ({"embedding_size": 8, "cutoff": 1.5}, "cutoff"),
        ({"embedding_size": 8, "nonzero_loss_cutoff": 2.1}, "nonzero_loss_cutoff"),
    ],
)
def test_bad_settings_are_named(bad, words):
    with pytest.raises(InputError, match=words):
        DistanceWeighted(**bad)
