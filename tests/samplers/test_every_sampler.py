"""What holds for every sampler: a new one is found by its YAML in conf/sampler."""

import inspect
import re
from itertools import chain

import numpy as np
import pytest
from hydra.utils import get_object
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.config.construct import locate
from lightning_contrast.errors import InputError
from lightning_contrast.testing.sampler import CHECKS, LABELS, maker, stream
from tests.choices import config, names

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


def make(name, *arguments, **settings):
    values = config("sampler", name)
    return maker(locate(values), **without_target(values))(*arguments, **settings)


def without_target(values):
    return {key: value for key, value in values.items() if key != "_target_"}


def attempt(*arguments, **settings):
    """The sampler, or the error that refuses it."""
    try:
        return make(*arguments, **settings)
    except InputError as error:
        return error


@samplers
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("sampler", name)
    target = values.pop("_target_")
    parameters = inspect.signature(get_object(target)).parameters
    assert set(values) == set(parameters) - DERIVED
    if target.split(".")[-2] == name:  # of a class with several YAMLs, others have other values
        assert all(parameters[key].default == value for key, value in values.items())


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


@settings(max_examples=40)
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


@pytest.mark.parametrize("name", ["hierarchical", "class_balanced"])
def test_one_class_is_refused_with_the_mend(name):
    with pytest.raises(InputError, match="set "):
        make(name, np.array([5] * 20))


@samplers
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_sampler_holds_that(name, check):
    values = config("sampler", name)
    check(maker(locate(values), **without_target(values)))


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
