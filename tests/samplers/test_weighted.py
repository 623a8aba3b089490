"""Samplers that draw rows with replacement, each class with its own weight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._class_draw import ClassDraw
from lightning_contrast.samplers.weighted import WeightedSampler
from tests.samplers.test_every_sampler import make

COUNTS = np.array([400, 90, 37, 10, 3])
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 2, 3, 7, 9], COUNTS))
WEIGHTS = {
    "inverse_frequency": lambda n: 1 / n,
    "square_root": lambda n: 1 / np.sqrt(n),
    "effective_number": lambda n: 1 / sum(0.999**i for i in range(n)),
}


def epoch_of(sampler, epoch):
    sampler.set_epoch(epoch)
    return np.concatenate([draw.index for draw in sampler])


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("rows", [None, 100, 2000])
def test_each_class_has_its_share_to_within_a_row_in_every_epoch(name, rows):
    weight = np.array([float(WEIGHTS[name](int(n))) for n in COUNTS])
    share = COUNTS * weight / (COUNTS * weight).sum() * (rows or len(LABELS))
    stream = make(name, LABELS, 10, rows_per_epoch=rows)
    mean = np.zeros(len(COUNTS))
    for epoch in range(200):
        count = np.bincount(LABELS[epoch_of(stream, epoch)], minlength=10)[[0, 2, 3, 7, 9]]
        assert count.sum() == (rows or len(LABELS))
        assert (abs(count - share) < 1).all()
        mean += count / 200
    assert mean == pytest.approx(share, abs=0.15)


def test_the_paper_s_effective_number_at_its_ends():
    natural = WeightedSampler(LABELS, 10, beta=0.0)
    assert sorted(epoch_of(natural, 0).tolist()) == list(range(len(LABELS)))
    equal = WeightedSampler(LABELS, 10, beta=1 - 1e-12)
    assert np.bincount(LABELS[epoch_of(equal, 0)])[[0, 2, 3, 7, 9]].tolist() == [108] * 5


@settings(max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(1, 200), st.integers(0, 9))
def test_a_row_comes_again_only_after_all_others_of_its_class(counts, rows, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    draw = ClassDraw(labels, lambda size: 1 / size, rows, seed)
    order = draw(np.random.default_rng(seed), epoch=seed)
    for number, size in enumerate(counts):
        own = order[labels[order] == number]
        for start in range(len(own)):
            turn = own[start : start + size]
            assert len(np.unique(turn)) == len(turn)


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(10, 100), st.integers(0, 9)
)
def test_a_turn_of_epochs_shows_every_row_of_a_class(counts, rows, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    draw = ClassDraw(labels, lambda size: 1 / size, rows, seed)
    for number, size in enumerate(counts):
        share = int(np.floor(draw.expected[number]))
        if share < 1:
            continue
        turn = -(-size // min(share, size))
        seen = [draw(np.random.default_rng((seed, e)), e) for e in range(2 * turn)]
        for epochs in (seen[:turn], seen[turn:]):
            assert set(np.flatnonzero(labels == number)) <= set(np.concatenate(epochs).tolist())


def test_turns_have_new_orders_and_rows_equal_chances():
    labels = np.repeat([0, 1], [30, 6])
    draw = ClassDraw(labels, lambda size: 1 / size, 20, 0)
    count = np.zeros(36)
    groups = set()
    for epoch in range(600):
        own = draw(np.random.default_rng(epoch), epoch)
        groups.add(frozenset(own[labels[own] == 0].tolist()))
        count += np.bincount(own, minlength=36)
    assert len(groups) == 600
    assert count[:30].tolist() == [200] * 30  # 600 epochs of 10 rows: each turn of 3 has each once
    assert abs(count[30:] - 1000).max() < 75  # 1 or 2 of 6 a time: sd 16


def test_wrong_settings_are_told():
    with pytest.raises(InputError, match="an epoch has 2 rows, fewer than the 3 ranks"):
        WeightedSampler(LABELS, 10, rows_per_epoch=2, world_size=3)
    with pytest.raises(InputError, match="sampler needs a label for every row"):
        WeightedSampler(np.array([0, -1]), 2)
