"""Chunks of neighbouring rows: each row once, a few chunks at a time."""

import numpy as np

from lightning_contrast.samplers.chunks import ChunkSampler

LABELS = np.full(103, -1)


def epoch(**settings):
    sampler = ChunkSampler(LABELS, 4, chunk=10, drop_last=False, **settings)
    return np.concatenate([draw.index for draw in sampler])


def test_every_row_comes_once_and_no_more_than_two_chunks_are_read_at_a_time():
    rows = epoch(together=2)
    assert sorted(rows.tolist()) == list(range(103))
    chunks = [set((rows[start : start + 20] // 10).tolist()) for start in range(0, 60, 20)]
    assert all(len(few) <= 3 for few in chunks)  # the last chunk is short
    assert len(set.union(*chunks)) >= 6


def test_rows_and_chunks_are_shuffled_and_chunks_are_mixed_with_each_other():
    alone, several = epoch(together=1), epoch(together=3)
    order = list(dict.fromkeys((alone // 10).tolist()))
    assert len(order) == 11 and order != sorted(order)
    assert (np.diff(alone // 10) != 0).sum() == 10
    assert (np.diff(several // 10) != 0).sum() > 40
    assert any(np.diff(alone[alone < 10]) < 0)
