import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.samplers.no_duplicates import NoDuplicatesSampler


def made(content, size, **settings):
    return NoDuplicatesSampler(np.zeros(len(content)), size, content=content, **settings)


@settings(max_examples=80)
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=40),
    st.integers(2, 12),
    st.booleans(),
    st.integers(0, 5),
)
def test_no_content_comes_twice_in_a_batch_and_all_come_that_can(copies, size, drop_last, seed):
    random = np.random.default_rng(seed)
    keys = random.integers(2**64, size=len(copies), dtype=np.uint64)
    content = random.permutation(np.repeat(keys, copies))
    if len(copies) == 1:
        with pytest.raises(InputError, match="1 different rows, too few"):
            made(content, size, drop_last=drop_last, seed=seed)
        return
    sampler = made(content, size, drop_last=drop_last, seed=seed)
    draws = [draw.index for draw in sampler]
    assert all(len(np.unique(content[rows])) == len(rows) for rows in draws)
    rows = np.concatenate(draws)
    assert len(np.unique(rows)) == len(rows)
    full = sum(len(rows) == size for rows in draws)
    # One more full batch would need more rows than there are, each content once a batch.
    assert sum(min(number, full + 1) for number in copies) < size * (full + 1)
    if not drop_last:  # left out: what is of one content alone, but for one row
        assert len(content) - len(rows) <= max(1, max(copies) - sorted(copies)[-2])


def test_all_rows_come_where_copies_are_few():
    content = np.concatenate((np.arange(50), np.arange(50), np.arange(20)))
    draws = list(made(content, 10))
    assert len(draws) == 12
    assert sorted(np.concatenate([d.index for d in draws]).tolist()) == list(range(120))


def test_copies_meet_other_rows_and_batches_are_random():
    content = np.append(np.arange(38), [0, 0])
    sampler = made(content, 8)
    met = np.zeros(40, dtype=int)
    for epoch in range(400):
        sampler.set_epoch(epoch)
        for draw in sampler:
            if 1 in draw.index:
                met[draw.index] += 1
    assert met[[0, 38, 39]].min() > 0
    others = met[2:38]
    assert others.min() > 0.6 * others.mean()
    assert others.max() < 1.4 * others.mean()
