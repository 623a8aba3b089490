import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._halving import halve
from lightning_contrast.samplers.clustered import ClusteredSampler
from lightning_contrast.types import Embedded


def looked(points, epoch=1):
    return Embedded(points, points, points, torch.zeros(len(points)), torch.arange(len(points)))


def blobs(clusters, rows, noise=0.1, width=16, seed=0):
    """Unit rows around ``clusters`` centres, and the centre of each."""
    generator = torch.Generator().manual_seed(seed)
    centre = torch.randn(clusters, width, generator=generator)
    which = torch.arange(clusters * rows) % clusters
    noisy = centre[which] + noise * torch.randn(len(which), width, generator=generator)
    return normalize(noisy, dim=1), which.numpy()


def inside(points, batches):
    """Mean cosine of the pairs of each batch, over the batches."""
    means = []
    for rows in batches:
        cosine = points[rows] @ points[rows].T
        means.append(cosine[~torch.eye(len(rows), dtype=torch.bool)].mean())
    return float(torch.stack(means).mean())


def drawn(sampler, epoch):
    sampler.set_epoch(epoch)
    return [draw.index for draw in sampler]


def test_before_the_first_look_batches_are_those_of_random_order():
    points, which = blobs(8, 32)
    sampler = ClusteredSampler(which, batch_size=32)
    assert abs(inside(points, drawn(sampler, 0)) - inside(points, [np.arange(256)])) < 0.02


def test_after_a_look_a_batch_is_a_neighbourhood():
    points, which = blobs(8, 32)
    sampler = ClusteredSampler(np.full(256, -1), batch_size=32)
    random = inside(points, drawn(sampler, 0))
    sampler.refresh(looked(points), 1)
    batches = drawn(sampler, 1)
    assert sorted(np.concatenate(batches).tolist()) == list(range(256))
    assert random < 0.15
    assert inside(points, batches) > 0.6
    fullest = [np.bincount(which[rows]).max() for rows in batches]
    assert np.mean(fullest) > 20, "most of a batch is one cluster"


def test_two_clusters_and_two_batches_are_found_exactly():
    points, which = blobs(2, 50)
    for seed in range(10):
        sampler = ClusteredSampler(which, batch_size=50, seed=seed)
        sampler.refresh(looked(points), 1)
        assert all(len(set(which[rows])) == 1 for rows in drawn(sampler, 1))


def test_the_classes_of_a_batch_are_different_and_near_and_so_are_the_rows_of_each():
    # Forty classes around ten centres, each class of three clusters.
    generator = torch.Generator().manual_seed(1)
    centre = torch.randn(10, 32, generator=generator)
    classes = centre.repeat(4, 1) + 0.3 * torch.randn(40, 32, generator=generator)
    clusters = classes.repeat(3, 1) + 0.3 * torch.randn(120, 32, generator=generator)
    points = clusters.repeat(8, 1) + 0.05 * torch.randn(960, 32, generator=generator)
    points, labels = normalize(points, dim=1), np.arange(960) % 40
    nearer = []
    for seed in range(10):
        sampler = ClusteredSampler(labels, batch_size=16, samples_per_class=4, seed=seed)
        before = drawn(sampler, 0)
        sampler.refresh(looked(points), 1)
        after = drawn(sampler, 1)
        for rows in after:
            assert (np.unique(labels[rows], return_counts=True)[1] == [4, 4, 4, 4]).all()
        assert sorted(np.concatenate(after).tolist()) == list(range(960))
        same_centre = [np.bincount(labels[rows] % 10).max() / 16 for rows in after]
        assert np.mean(same_centre) > 0.7
        nearer.append(inside(points, after) - inside(points, before))
        groups = [np.concatenate(batches).reshape(-1, 4) for batches in (after, before)]
        assert inside(points, groups[0]) > inside(points, groups[1]) + 0.02
    assert np.mean(nearer) > 0.4


def test_epochs_between_two_looks_have_different_neighbourhoods():
    points, which = blobs(5, 64)
    sampler = ClusteredSampler(which, batch_size=32, refresh_every=3)
    sampler.refresh(looked(points), 3)
    epochs = [{frozenset(rows.tolist()) for rows in drawn(sampler, epoch)} for epoch in (3, 4, 5)]
    assert not epochs[0] & epochs[1]
    assert not epochs[1] & epochs[2]
    for epoch in (3, 4, 5):
        assert inside(points, drawn(sampler, epoch)) > 0.5


def test_batches_next_to_each_other_in_time_are_not_next_to_each_other_in_space():
    points = torch.linspace(0, 3, 640)
    points = torch.stack((points.cos(), points.sin()), 1)
    sampler = ClusteredSampler(np.zeros(640, dtype=np.int64), batch_size=10)
    sampler.refresh(looked(points), 1)
    place = np.array([rows.mean() for rows in drawn(sampler, 1)])
    assert np.abs(np.diff(place)).mean() > 100, "random order: a third of 640"


def test_the_neighbourhood_is_of_the_joined_batch():
    points, which = blobs(4, 32)
    parts = [ClusteredSampler(which, 16, rank=rank, world_size=2) for rank in range(2)]
    for part in parts:
        part.refresh(looked(points), 1)
    joined = [np.concatenate(p) for p in zip(*(drawn(p, 1) for p in parts), strict=True)]
    assert np.mean([np.bincount(which[rows]).max() for rows in joined]) > 20
    assert len(np.unique(np.concatenate(joined))) == 128


def test_rows_left_out_are_other_ones_each_epoch():
    points, which = blobs(5, 10)
    sampler = ClusteredSampler(which, batch_size=16, refresh_every=20)
    sampler.refresh(looked(points), 20)
    left = [set(range(50)) - set(np.concatenate(drawn(sampler, e)).tolist()) for e in range(20, 40)]
    assert all(len(rows) == 2 for rows in left)
    assert len(set.union(*left)) > 15


def test_the_short_batch_stands_at_the_end():
    points, which = blobs(5, 10)
    sampler = ClusteredSampler(which, batch_size=16, drop_last=False)
    sampler.refresh(looked(points), 1)
    assert [len(rows) for rows in drawn(sampler, 1)] == [16, 16, 16, 2]


@pytest.mark.parametrize("rows", [1, 3, 4])
def test_less_than_two_batches_is_one_batch_of_all(rows):
    sampler = ClusteredSampler(np.zeros(rows, dtype=np.int64), batch_size=4)
    sampler.refresh(looked(torch.randn(rows, 3)), 1)
    assert [sorted(batch.tolist()) for batch in drawn(sampler, 1)] == [list(range(rows))]


def test_equal_rows_are_no_hindrance():
    sampler = ClusteredSampler(np.zeros(64, dtype=np.int64), batch_size=4)
    sampler.refresh(looked(torch.ones(64, 3)), 1)
    assert sorted(np.concatenate(drawn(sampler, 1)).tolist()) == list(range(64))


def test_a_checkpoint_of_another_sampler_or_of_other_rows_is_refused():
    sampler = ClusteredSampler(np.zeros(64, dtype=np.int64), batch_size=4, drop_last=False)
    state = sampler.state_dict()
    with pytest.raises(InputError, match="no neighbourhoods of these training rows: resume with"):
        sampler.load_state_dict({k: v for k, v in state.items() if k != "orders"})
    other = ClusteredSampler(np.zeros(63, dtype=np.int64), batch_size=4, drop_last=False)
    with pytest.raises(InputError, match="no neighbourhoods of these training rows: resume with"):
        other.load_state_dict(state)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"refresh_every": 0}, "refresh_every must be a whole number of at least 1"),
        ({"samples_per_class": 3}, "batch_size=8 must be a multiple of samples_per_class=3"),
        ({"samples_per_class": 2}, "asks for 4 classes a batch, but the training split has 2"),
        ({"labels": np.full(9, -1), "samples_per_class": 4}, "needs a label for every row"),
    ],
)
def test_bad_settings_are_told_with_the_mend(settings, line):
    labels = np.arange(40) % 2
    with pytest.raises(InputError, match=line):
        ClusteredSampler(**{"labels": labels, "batch_size": 8, **settings})


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 5), st.integers(0, 99))
def test_halving_keeps_the_rows_of_each_run(batches, width, seed):
    random = np.random.default_rng(seed)
    size = np.array(batches) * width
    rows = torch.from_numpy(random.permutation(int(size.sum()) + 3)[: size.sum()])
    points = torch.from_numpy(random.normal(size=(len(rows) + 3, 4))).float()
    halved = halve(points, rows, torch.tensor(batches), width, random)
    ends = np.cumsum(size)[:-1]
    for old, new in zip(np.split(rows.numpy(), ends), np.split(halved.numpy(), ends), strict=True):
        assert sorted(old.tolist()) == sorted(new.tolist())


@settings(max_examples=100)
@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 999))
def test_halving_gives_no_batch_two_of_a_kind(batches, width, seed):
    random = np.random.default_rng(seed)
    # Any deal of batches of different kinds is a case that can be solved; then forget it.
    kinds = width + int(random.integers(4))
    kind = np.concatenate([random.permutation(kinds)[:width] for _ in range(batches)])
    points = torch.from_numpy(random.normal(size=(len(kind), 4))).float()
    rows = torch.from_numpy(random.permutation(len(kind)))
    halved = halve(points, rows, torch.tensor([batches]), width, random, torch.from_numpy(kind))
    assert sorted(halved.tolist()) == list(range(len(kind)))
    for batch in kind[halved.numpy()].reshape(batches, width):
        assert len(set(batch.tolist())) == width


def test_a_half_that_is_bound_by_kind_takes_the_furthest_it_may():
    # Kind 0: two rows, one for each half; kinds 1 and 2: one row each. All on a line.
    points = torch.tensor([[4.0], [3.0], [2.0], [-9.0]])
    kind = torch.tensor([0, 0, 1, 2])
    for seed in range(10):
        random = np.random.default_rng(seed)
        halved = halve(points, torch.arange(4), torch.tensor([2]), 2, random, kind)
        assert {frozenset(half) for half in halved.view(2, 2).tolist()} == {
            frozenset({0, 2}),
            frozenset({1, 3}),
        }
