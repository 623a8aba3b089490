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


def miner_of(name):
    return build("miner", name, embedding_size=6)


def is_random(name):
    return miner_of(name).draws_at_random


miners = pytest.mark.parametrize("name", names("miner"))


@miners
def test_every_miner_keeps_a_subset(tile, name):
    similarity, pairs = tile
    kept = miner_of(name)(similarity, pairs)
    assert not (kept.positive & ~pairs.positive).any()
    assert not (kept.negative & ~pairs.negative).any()


@pytest.mark.parametrize("name", [name for name in names("miner") if not is_random(name)])
def test_every_miner_but_a_random_one_keeps_the_same_in_any_block(tile, name):
    similarity, pairs = tile
    miner = miner_of(name)
    kept = miner(similarity, pairs)
    for block in (slice(0, 1), slice(3, 8)):
        part = miner(similarity[block], Pairs(*(mask[block] for mask in pairs[:2])))
        assert torch.equal(part.positive, kept.positive[block])
        assert torch.equal(part.negative, kept.negative[block])


@miners
def test_every_miner_takes_rows_without_pairs(name):
    none = torch.zeros(2, 3, dtype=torch.bool)
    kept = miner_of(name)(torch.zeros(2, 3), Pairs(none, none))
    assert not kept.positive.any() and not kept.negative.any()


@miners
def test_every_miner_takes_a_row_of_one_kind_or_with_equal_rows(name):
    one, none = torch.ones(2, 3, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.bool)
    for similarity in (torch.ones(2, 3), -torch.ones(2, 3)):
        assert not miner_of(name)(similarity, Pairs(one, none)).negative.any()
        assert not miner_of(name)(similarity, Pairs(none, one)).positive.any()


@miners
def test_a_miner_that_gives_single_pairs_says_so_beforehand_and_keeps_one_of_each(tile, name):
    miner = miner_of(name)
    kept = miner(*tile)
    assert kept.single == miner.gives_single
    if kept.single:
        assert kept.positive.sum(1).max() == 1 and kept.negative.sum(1).max() == 1


@miners
def test_every_miner_is_traced_as_one_graph(tile, name):
    similarity, pairs = tile
    miner = miner_of(name)
    traced = torch.compile(miner.__call__, backend="eager", fullgraph=True)(similarity, pairs)
    torch.testing.assert_close(traced.positive, miner(similarity, pairs).positive)
    if not is_random(name):
        assert torch.equal(traced.negative, miner(similarity, pairs).negative)


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
