"""Miners against their rule in words, anchor by anchor."""

import pytest
import torch

from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.semi_hard import SemiHard
from lightning_contrast.types import Pairs
from tests.choices import build, names
from tests.circle import pairs_of, rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]


@pytest.fixture
def tile():
    embedding = rows(LABELS).embedding
    return embedding @ embedding.T, pairs_of(LABELS)


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


@pytest.mark.parametrize("name", names("miner"))
def test_every_miner_keeps_a_subset_row_by_row(tile, name):
    similarity, pairs = tile
    miner = build("miner", name)
    kept = miner(similarity, pairs)
    assert not (kept.positive & ~pairs.positive).any()
    assert not (kept.negative & ~pairs.negative).any()
    for block in (slice(0, 1), slice(3, 8)):
        part = miner(similarity[block], Pairs(*(mask[block] for mask in pairs[:2])))
        assert torch.equal(part.positive, kept.positive[block])
        assert torch.equal(part.negative, kept.negative[block])


@pytest.mark.parametrize("name", names("miner"))
def test_every_miner_takes_rows_without_pairs(name):
    none = torch.zeros(2, 3, dtype=torch.bool)
    kept = build("miner", name)(torch.zeros(2, 3), Pairs(none, none))
    assert not kept.positive.any() and not kept.negative.any()


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
