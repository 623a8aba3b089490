import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.samplers.shuffled import ShuffledSampler

LABELS = np.full(10, -1)


def sizes(**settings):
    return [len(draw.index) for draw in ShuffledSampler(**{"labels": LABELS, **settings})]


def test_all_rows_once_also_unlabelled_ones():
    draws = ShuffledSampler(LABELS, 4, drop_last=False)
    assert sorted(np.concatenate([d.index for d in draws]).tolist()) == list(range(10))


def test_short_batch_is_dropped_unless_it_is_the_only_one():
    assert sizes(batch_size=4) == [4, 4]
    assert sizes(batch_size=4, drop_last=False) == [4, 4, 2]
    assert sizes(batch_size=64) == [10]


def test_a_last_batch_that_can_not_serve_every_rank_is_left_out():
    shares = [sizes(batch_size=3, drop_last=False, rank=r, world_size=3) for r in range(3)]
    assert shares == [[3]] * 3


def test_fewer_rows_than_ranks_is_told():
    with pytest.raises(InputError, match="10 rows, fewer than the 11 ranks"):
        sizes(batch_size=1, world_size=11)
