"""What holds for every sampler: a new one is found by its YAML in conf/sampler."""

import inspect
import re
from itertools import chain

import numpy as np
import pytest
from hydra.utils import get_object
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from tests.choices import config, names

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 4, 7, 8], [60, 41, 30, 9, 8, 17]))
DERIVED = {
    "labels",
    "groups",
    "classes",
    "content",
    "lengths",
    "batch_size",
    "seed",
    "rank",
    "world_size",
}
samplers = pytest.mark.parametrize("name", names("sampler"))


def make(name, labels=LABELS, batch_size=8, seed=3, **settings):
    """With two groups of classes, and each third row like the two before it."""
    derived = {"groups": (labels > np.median(np.unique(labels))).astype(np.int64)}
    derived["content"] = np.arange(len(labels), dtype=np.uint64) // np.uint64(3)
    derived["lengths"] = np.arange(len(labels)) % 7
    derived |= {"labels": labels, "batch_size": batch_size, "seed": seed}
    values = config("sampler", name)
    values |= {key: settings.pop(key) for key in values.keys() & settings.keys()}
    return construct(values, **derived, **settings)


def attempt(*arguments, **settings):
    """The sampler, or the error that refuses it."""
    try:
        return make(*arguments, **settings)
    except InputError as error:
        return error


def stream(sampler, epochs=(0,)):
    batches = []
    for epoch in epochs:
        sampler.set_epoch(epoch)
        batches += [draw.index.tolist() for draw in sampler]
    return batches


@samplers
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("sampler", name)
    target = values.pop("_target_")
    parameters = inspect.signature(get_object(target)).parameters
    assert set(values) == set(parameters) - DERIVED
    if target.split(".")[-2] == name:  # of a class with several YAMLs, others have other values
        assert all(parameters[key].default == value for key, value in values.items())


@samplers
def test_no_row_comes_twice_unless_said_and_length_is_the_number_of_batches(name):
    sampler = make(name)
    batches = stream(sampler)
    rows = np.concatenate(batches)
    assert len(batches) == len(sampler)
    assert (len(np.unique(rows)) < len(rows)) == sampler.repeats_rows
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
    share = 8 if ranks == 2 else 4
    whole = make(name, batch_size=ranks * share)
    parts = [make(name, batch_size=share, rank=r, world_size=ranks) for r in range(ranks)]
    for epoch in range(3):
        shares = list(zip(*(stream(part, [epoch]) for part in parts), strict=True))
        assert [list(chain(*share)) for share in shares] == stream(whole, [epoch])
        assert all(share[r] for share in shares for r in range(ranks))
        assert all(max(map(len, s)) - min(map(len, s)) <= 1 for s in shares)


def takes_drop_last(name):
    return "drop_last" in config("sampler", name)


@pytest.mark.parametrize("name", [name for name in names("sampler") if takes_drop_last(name)])
@pytest.mark.parametrize("ranks", [2, 3])
def test_unequal_tails_are_shared_by_all_ranks_or_left_out(name, ranks):
    labels = LABELS[: len(LABELS) // 6 * 6 - 1]  # the joined batch is 12: 5 or 11 rows more
    parts = [
        make(name, labels, 12 // ranks, rank=r, world_size=ranks, drop_last=False)
        for r in range(ranks)
    ]
    whole = stream(make(name, labels, 12, drop_last=False))
    shares = list(zip(*map(stream, parts), strict=True))
    assert min(map(len, whole)) < 12
    assert [list(chain(*share)) for share in shares] == [b for b in whole if len(b) >= ranks]
    assert {len(batch) for batch in stream(make(name, labels, 12, drop_last=True))} == {12}


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(names("sampler")),
    counts=st.lists(st.integers(0, 25), min_size=1, max_size=9).filter(any),
    share=st.integers(1, 6),
    ranks=st.integers(1, 3),
    seed=st.integers(0, 5),
    data=st.data(),
)
def test_any_classes_are_served_alike_on_all_ranks_or_refused_in_one_line(
    name, counts, share, ranks, seed, data
):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    whole = attempt(name, labels, share * ranks, seed)
    parts = [attempt(name, labels, share, seed, rank=r, world_size=ranks) for r in range(ranks)]
    refused = [part for part in (whole, *parts) if isinstance(part, InputError)]
    if refused:
        assert all(re.match("sampler.*|.*ranks.*", str(line)) for line in refused)
        assert not any("\n" in str(line) for line in refused)
        return
    epoch = data.draw(st.integers(0, 3))
    batches = stream(whole, [epoch])
    shares = list(zip(*(stream(part, [epoch]) for part in parts), strict=True))
    assert [list(chain(*s)) for s in shares] == [b for b in batches if len(b) >= ranks]
    lengths = [len(batch) for batch in batches]
    assert lengths == sorted(lengths, reverse=True) == whole.sizes.tolist()
    rows = np.array(list(chain(*batches)), dtype=np.int64)
    assert whole.repeats_rows or len(np.unique(rows)) == len(rows)
    assert ((rows >= 0) & (rows < len(labels))).all()
    stop = data.draw(st.integers(0, len(batches)))
    again = make(name, labels, share * ranks, seed)
    again.load_state_dict({**again.state_dict(), "epoch": epoch, "batch": stop})
    assert [draw.index.tolist() for draw in again] == batches[stop:]


@samplers
@pytest.mark.parametrize("labels", [[5] * 20, [0] * 30 + [3] * 30 + [4], [9] * 40 + [2, 6, 7]])
def test_one_class_and_classes_smaller_than_k_are_served_or_refused_with_the_mend(name, labels):
    sampler = attempt(name, np.array(labels))
    if name == "hierarchical" or (name == "class_balanced" and len(set(labels)) == 1):
        assert "set " in str(sampler)
    else:
        assert set(chain(*stream(sampler, range(40)))) == set(range(len(labels)))


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
    with pytest.raises(InputError, match="batch_size must be a whole number of at least 1, got 0"):
        make(name, batch_size=0)
    with pytest.raises(InputError, match="rank must be in 0"):
        make(name, rank=2, world_size=2)
