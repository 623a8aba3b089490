"""What holds for every sampler: a new one is found by its YAML in conf/sampler."""

import inspect
from itertools import chain

import numpy as np
import pytest
from hydra.utils import get_object

from lightning_contrast.errors import InputError
from tests.choices import build, config, names

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 4, 7, 8], [60, 41, 30, 9, 8, 17]))
DERIVED = {"labels", "batch_size", "seed", "rank", "world_size"}
samplers = pytest.mark.parametrize("name", names("sampler"))


def make(name, labels=LABELS, batch_size=8, seed=3, **settings):
    return build("sampler", name, labels=labels, batch_size=batch_size, seed=seed, **settings)


def stream(sampler, epochs=(0,)):
    batches = []
    for epoch in epochs:
        sampler.set_epoch(epoch)
        batches += [draw.index.tolist() for draw in sampler]
    return batches


@samplers
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("sampler", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    assert set(values) | DERIVED == set(parameters)
    assert all(parameters[key].default == value for key, value in values.items())


@samplers
def test_no_row_comes_twice_in_an_epoch_and_length_is_the_number_of_batches(name):
    sampler = make(name)
    batches = stream(sampler)
    rows = np.concatenate(batches)
    assert len(batches) == len(sampler)
    assert len(np.unique(rows)) == len(rows)
    assert rows.min() >= 0
    assert rows.max() < len(LABELS)


@samplers
def test_every_row_comes_up_within_a_few_epochs(name):
    seen = np.concatenate(stream(make(name), range(30)))
    assert set(seen.tolist()) == set(range(len(LABELS)))


@samplers
def test_seed_and_epoch_fix_the_batches(name):
    once, again = make(name), make(name)
    assert [tuple(map(str, d)) for d in once] == [tuple(map(str, d)) for d in again]
    assert stream(make(name)) != stream(make(name, seed=4))
    assert stream(once, [0]) != stream(once, [1])
    assert stream(once, [0]) == stream(again, [1, 0])[len(again) :]


@samplers
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_together_have_the_batches_of_one_rank_with_a_larger_batch(name, ranks):
    settings = {"batch_size": 8 if ranks == 2 else 4}
    whole = make(name, batch_size=ranks * settings["batch_size"])
    parts = [make(name, rank=r, world_size=ranks, **settings) for r in range(ranks)]
    for epoch in range(3):
        shares = list(zip(*(stream(part, [epoch]) for part in parts), strict=True))
        assert [list(chain(*share)) for share in shares] == stream(whole, [epoch])
        assert all(share[r] for share in shares for r in range(ranks))
        assert all(max(map(len, s)) - min(map(len, s)) <= 1 for s in shares)


@samplers
def test_ranks_draw_partners_from_different_seeds(name):
    seeds = [[d.seed for d in make(name, batch_size=4, rank=r, world_size=2)] for r in range(2)]
    assert not set(seeds[0]) & set(seeds[1])


@samplers
def test_continues_behind_any_batch_as_if_it_had_not_stopped(name):
    whole = make(name)
    whole.set_epoch(2)
    draws = list(whole)
    for stop in range(len(draws) + 1):
        first = make(name)
        first.set_epoch(2)
        for _ in zip(range(stop), first, strict=False):
            pass
        second = make(name)
        second.load_state_dict(first.state_dict())
        second.set_epoch(2)  # as Lightning does on resuming
        rest = list(second)
        assert [d.seed for d in rest] == [d.seed for d in draws[stop:]]
        assert all(map(np.array_equal, [d.index for d in rest], [d.index for d in draws[stop:]]))
        assert len(list(second)) == len(draws)


@samplers
def test_a_state_of_other_batches_is_refused(name):
    state = make(name, batch_size=12).state_dict()
    with pytest.raises(InputError, match="resume with the data, the sampler"):
        make(name, batch_size=4).load_state_dict(state)


@samplers
def test_lightning_finds_set_epoch_behind_sampler(name):
    sampler = make(name)
    sampler.sampler.set_epoch(5)
    assert sampler.state_dict()["epoch"] == 5


@samplers
def test_bad_batch_size_and_rank_are_told(name):
    with pytest.raises(InputError, match="batch_size must be at least 1, got 0"):
        make(name, batch_size=0)
    with pytest.raises(InputError, match="rank must be in 0"):
        make(name, rank=2, world_size=2)
