"""Miners against their rule in words, anchor by anchor."""

import pytest
import torch

from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.semi_hard import SemiHard
from lightning_contrast.testing.miner import CHECKS, LABELS
from lightning_contrast.testing.miner import tile as made_tile
from tests.choices import build, names


@pytest.fixture
def tile():
    return made_tile()


def test_hardest_keeps_the_farthest_positive_and_the_nearest_negative(tile):
    similarity, pairs = tile
    kept = Hardest()(similarity, pairs)
    for row, mask, left in zip(similarity, pairs.positive, kept.positive, strict=True):
        hardest = (
            [min(torch.where(mask)[0].tolist(), key=lambda j, r=row: r[j])] if mask.any() else []
        )
        assert torch.where(left)[0].tolist() == hardest
    for row, mask, left in zip(similarity, pairs.negative, kept.negative, strict=True):
        hardest = (
            [max(torch.where(mask)[0].tolist(), key=lambda j, r=row: r[j])] if mask.any() else []
        )
        assert torch.where(left)[0].tolist() == hardest


def test_semi_hard_leaves_no_triplet_whose_negative_is_nearer_than_its_positive(tile):
    similarity, pairs = tile
    distance = (2 - 2 * similarity).clamp_min(0).sqrt()
    kept = SemiHard(0.5)(similarity, pairs)
    assert torch.equal(kept.positive, pairs.positive) and kept.negative.any()
    for a in range(len(LABELS)):
        reach = max(distance[a][pairs.positive[a]].tolist(), default=-float("inf"))
        for n in range(len(LABELS)):
            band = bool(pairs.negative[a, n]) and reach < distance[a, n] < reach + 0.5
            assert bool(kept.negative[a, n]) == band


miners = pytest.mark.parametrize("name", names("miner"))


@miners
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_miner_holds_that(name, check):
    check(build("miner", name, embedding_size=6))


@pytest.mark.parametrize("average_over", ["active", "all"])
def test_batch_hard_triplets_are_those_of_the_masks_without_the_shorter_way(tile, average_over):
    similarity, pairs = tile
    kept = Hardest()(similarity, pairs)
    loss = TripletMargin(0.2, average_over)
    assert kept.single
    for short, full in zip(
        loss(similarity, kept), loss(similarity, kept._replace(single=False)), strict=True
    ):
        torch.testing.assert_close(short, full)
