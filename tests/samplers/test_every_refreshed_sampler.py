"""What holds for every sampler that follows the embedding, once it has looked at it."""

from itertools import chain

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.types import Embedded
from tests.choices import names
from tests.samplers.test_every_sampler import LABELS, make, stream

POINTS = normalize(torch.randn(len(LABELS), 12, generator=torch.Generator().manual_seed(2)), dim=1)
SETTINGS = [{"samples_per_class": None}, {"samples_per_class": 4}, {"samples_per_class": 2}]
FOLLOWING = [name for name in names("sampler") if isinstance(make(name), Refreshed)]
CASES = [(name, settings) for name in FOLLOWING for settings in SETTINGS]
samplers = pytest.mark.parametrize(("name", "settings"), CASES, ids=str)


def looked(name, epoch=2, points=POINTS, **settings):
    sampler = make(name, **{"refresh_every": 2, "drop_last": False, **settings})
    rows = torch.arange(len(points))
    sampler.refresh(Embedded(points, points, points, torch.tensor(LABELS), rows), epoch)
    return sampler


def test_there_are_some():
    assert {"clustered", "curriculum"} <= set(FOLLOWING)


@samplers
def test_a_look_changes_the_batches_but_not_their_sizes(name, settings):
    before = make(name, refresh_every=2, drop_last=False, **settings)
    after = looked(name, **settings)
    random, near = stream(before, [3]), stream(after, [3])
    assert random != near
    assert [len(rows) for rows in random] == [len(rows) for rows in near]
    assert len(before) == len(after) == len(near)


@samplers
def test_no_row_comes_twice_and_every_row_comes_up_within_a_few_epochs(name, settings):
    seen = set()
    for epoch in range(2, 30, 2):
        sampler = looked(name, epoch, **settings)
        for later in (epoch, epoch + 1):
            rows = np.concatenate(stream(sampler, [later]))
            assert len(np.unique(rows)) == len(rows)
            seen |= set(rows.tolist())
    assert seen == set(range(len(LABELS)))


@samplers
def test_seed_epoch_and_embedding_fix_the_batches(name, settings):
    assert stream(looked(name, **settings), [2, 3]) == stream(looked(name, **settings), [2, 3])
    assert stream(looked(name, **settings), [2]) != stream(looked(name, **settings), [3])
    assert stream(looked(name, **settings), [3]) != stream(looked(name, seed=4, **settings), [3])
    other = stream(looked(name, points=POINTS.flip(0), **settings), [3])
    assert stream(looked(name, **settings), [3]) != other


@samplers
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_together_have_the_batches_of_one_rank(name, settings, ranks):
    size = 12 // ranks
    whole = looked(name, batch_size=12, **settings)
    parts = [
        looked(name, batch_size=size, rank=rank, world_size=ranks, **settings)
        for rank in range(ranks)
    ]
    for epoch in (2, 3):
        shares = zip(*(stream(part, [epoch]) for part in parts), strict=True)
        assert [list(chain(*share)) for share in shares] == [
            rows for rows in stream(whole, [epoch]) if len(rows) >= ranks
        ]


@samplers
def test_continues_behind_any_batch_without_another_look(name, settings):
    whole = looked(name, **settings)
    rest_of_run = [stream(looked(name, **settings), [epoch]) for epoch in (2, 3)]
    for stop in range(0, len(whole) + 1, 6):
        first = looked(name, **settings)
        first.set_epoch(2)
        for _ in zip(range(stop), first, strict=False):
            pass
        second = make(name, refresh_every=2, drop_last=False, **settings)
        second.load_state_dict(first.state_dict())
        assert stream(second, [2]) == rest_of_run[0][stop:]
        assert stream(second, [3]) == rest_of_run[1]


@samplers
def test_the_state_is_what_a_checkpoint_takes(name, settings, tmp_path):
    torch.save(looked(name, **settings).state_dict(), tmp_path / "state")
    second = make(name, refresh_every=2, drop_last=False, **settings)
    second.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    assert stream(second, [2]) == stream(looked(name, **settings), [2])
