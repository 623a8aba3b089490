from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._layout import Layout
from lightning_contrast.samplers.class_balanced import ClassBalancedSampler

counts_of_classes = st.lists(st.integers(2, 40), min_size=2, max_size=12)


def most_full_batches(groups, classes):
    """Largest-first, one batch after another: the optimal schedule, the slow way."""
    groups, full = sorted(groups, reverse=True), 0
    while len(groups) >= classes and groups[classes - 1] > 0:
        groups = sorted([g - 1 for g in groups[:classes]] + groups[classes:], reverse=True)
        full += 1
    return full


@settings(max_examples=60)
@given(counts_of_classes, st.integers(1, 2), st.data())
def test_batches_are_exact_and_only_shrink(counts, each, data):
    classes = data.draw(st.integers(2, len(counts)))
    labels = np.repeat(np.arange(len(counts)) * 3, counts)
    sampler = ClassBalancedSampler(labels, classes * each, each, seed=data.draw(st.integers(0, 9)))
    widths = []
    for draw in sampler:
        found, rows = np.unique(labels[draw.index], return_counts=True)
        assert (rows == each).all()
        assert np.array_equal(np.sort(draw.index), np.unique(draw.index))
        widths.append(len(found))
    assert widths == sorted(widths, reverse=True)
    assert min(widths) >= 2
    groups = [count // each for count in counts]
    assert widths.count(classes) == most_full_batches(groups, classes)
    # What is left out is of one class alone, that no other class stands against.
    assert 0 <= sum(groups) - sum(widths) <= max(1, max(groups) - sorted(groups)[-2])


def test_balanced_classes_lose_nothing():
    labels = np.tile(np.arange(5), 40)
    rows = [draw.index for draw in ClassBalancedSampler(labels, 20, 4)]
    assert sorted(np.concatenate(rows).tolist()) == list(range(200))


def test_drop_last_leaves_out_what_has_fewer_classes():
    labels = np.repeat([0, 1, 2], [40, 8, 8])
    widths = [len(d.index) for d in ClassBalancedSampler(labels, 6, 2)]
    assert widths == [6] * 4
    labels = np.repeat([0, 1, 2], [40, 30, 8])
    assert {len(d.index) for d in ClassBalancedSampler(labels, 6, 2)} == {6, 4}
    assert {len(d.index) for d in ClassBalancedSampler(labels, 6, 2, drop_last=True)} == {6}


@pytest.mark.parametrize(
    ("classes", "batch_size", "ranks", "each"),
    [
        (5, 64, 1, 16),
        (10, 128, 1, 16),
        (10, 100, 1, 10),
        (100, 64, 1, 4),
        (5, 64, 2, 32),
        (5, 6, 2, 4),
    ],
)
def test_samples_per_class_fit_the_classes_by_themselves(classes, batch_size, ranks, each):
    labels = np.repeat(np.arange(classes), 40)
    ranks = [
        ClassBalancedSampler(labels, batch_size, rank=r, world_size=ranks) for r in range(ranks)
    ]
    joined = np.concatenate([next(iter(sampler)).index for sampler in ranks])
    assert set(np.unique(labels[joined], return_counts=True)[1]) == {each}


def test_a_class_meets_all_others_and_its_rows_any_rows():
    labels = np.repeat(np.arange(12), 20)
    sampler = ClassBalancedSampler(labels, 8, 2)
    met = np.zeros((12, 12), dtype=int)
    partners = set()
    for epoch in range(60):
        sampler.set_epoch(epoch)
        for draw in sampler:
            found = np.unique(labels[draw.index])
            met[np.ix_(found, found)] += 1
            if 0 in draw.index.tolist():
                partners |= set(draw.index[labels[draw.index] == 0].tolist())
    others = met[~np.eye(12, dtype=bool)]
    assert others.min() > 0.75 * others.mean()
    assert len(partners) == 20


@pytest.mark.parametrize(
    ("labels", "batch_size", "each", "ranks", "line"),
    [
        (
            [0, 0, 1, 1],
            3,
            2,
            1,
            "=3 must be a multiple of samples_per_class=2: set datamodule.batch_size=2",
        ),
        ([0, 1, 0, 1], 1, None, 1, "a batch of 1 row holds no pair: set datamodule.batch_size=64"),
        ([0, 0, 1, 1], 8, 4, 1, "and samples_per_class=4 needs 4 .* class number 0 has 2"),
        ([0, 0, -1, 1], 4, 2, 1, "needs a label for every row, but 1 of 4 training rows"),
        ([4, 4, 4, 4], 4, None, 1, "needs two classes or more, but the training split has 1"),
        (
            [0, 0, 7, 0],
            4,
            2,
            1,
            "number 7 has 1: set datamodule.batch_size=2 and sampler.samples_per_class=1",
        ),
        (
            [0, 0, 1, 1],
            8,
            2,
            1,
            "asks for 4 classes a batch, .* has 2: set datamodule.batch_size=4 or",
        ),
        (
            [0, 0, 1, 1],
            4,
            2,
            2,
            "x 2 ranks .* asks for 4 classes .* has 2: set datamodule.batch_size=2 or",
        ),
        ([0, 0, 1, 1], 2, 2, 3, "has 2: set sampler.samples_per_class=null"),
    ],
)
def test_what_the_classes_can_not_fill_is_told_with_the_mend(labels, batch_size, each, ranks, line):
    with pytest.raises(InputError, match=line):
        ClassBalancedSampler(np.array(labels), batch_size, each, world_size=ranks)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=10), st.data())
def test_layout_deals_each_group_at_most_once_and_as_many_as_its_sizes_say(groups, data):
    layout = Layout(np.array(groups), data.draw(st.integers(1, len(groups))))
    dealt = layout.deal(np.random.default_rng(0))
    assert len(dealt) == layout.sizes.sum()
    assert len(np.unique(dealt)) == len(dealt)
    assert dealt.max() < sum(groups)


@settings(max_examples=80)
@example(counts=[1, 2], batch_size=1, ranks=3, epoch=0)
@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=15),
    st.integers(1, 40),
    st.integers(1, 3),
    st.integers(0, 5),
)
def test_any_classes_train_by_default(counts, batch_size, ranks, epoch):
    labels = np.repeat(np.arange(len(counts)) * 2, counts)
    if batch_size * ranks < 2 or (ranks > len(labels) and batch_size * ranks > len(labels)):
        return
    shares = []
    for rank in range(ranks):
        sampler = ClassBalancedSampler(labels, batch_size, seed=1, rank=rank, world_size=ranks)
        sampler.set_epoch(epoch)
        shares.append([draw.index.tolist() for draw in sampler])
    batches = [list(chain(*parts)) for parts in zip(*shares, strict=True)]
    assert batches and all(part for parts in shares for part in parts)
    for batch in batches:
        # Two classes with a row for each of three ranks are four rows.
        assert len(batch) <= max(batch_size * ranks, ranks + ranks % 2)
        found, rows = np.unique(labels[batch], return_counts=True)
        assert len(found) >= 2 and len(np.unique(rows)) == 1


@pytest.mark.parametrize(
    ("counts", "batch_size"),
    [
        ([18] * 10, 128),  # 25 images a class, of which 70 % train
        ([6] * 5, 60),  # 8 texts a class
        ([200, 150, 2], 60),  # a class of 3 rows beside large ones
        ([3500, 3], 60),
        ([2] * 3000, 60),
        ([1, 1], 60),
        ([500] + [5] * 100, 60),
    ],
    ids=str,
)
def test_every_row_is_drawn_and_every_class_stands_in_the_epoch(counts, batch_size):
    labels = np.repeat(np.arange(len(counts)), counts)
    sampler = ClassBalancedSampler(labels, batch_size, seed=3)
    seen, rows, epochs = np.zeros(len(labels), dtype=int), 0, 12
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        drawn = np.concatenate([draw.index for draw in sampler])
        assert len(np.unique(labels[drawn])) == len(counts)
        seen += np.bincount(drawn, minlength=len(labels))
        rows += len(drawn)
    assert seen.min() >= 1
    assert rows <= 2.1 * epochs * max(len(labels), 4)
    for number in range(len(counts) * sampler.repeats_rows):  # they come in turns
        own = seen[labels == number]
        assert own.max() - own.min() <= 1


def test_a_class_of_few_rows_repeats_beside_a_large_one():
    labels = np.repeat([0, 1], [5000, 5])
    sampler = ClassBalancedSampler(labels, 60)
    batches = [labels[draw.index] for draw in sampler]
    assert len(batches) == 84 and all(np.bincount(b).tolist() == [30, 30] for b in batches)
    assert not ClassBalancedSampler(np.repeat([0, 1], [50, 40]), 60).repeats_rows


def test_a_long_tail_is_balanced_from_the_first_batch_to_the_last():
    counts = [5400, 3237, 1940, 1163, 697, 418, 250, 150, 90, 54]
    labels = np.repeat(np.arange(10), counts)
    sampler = ClassBalancedSampler(labels, 64, seed=3)
    batches = [labels[draw.index] for draw in sampler]
    assert {tuple(np.unique(np.bincount(batch, minlength=10))) for batch in batches} <= {
        (0, 6),
        (6,),
    }
    seen = np.array([np.bincount(batch, minlength=10) > 0 for batch in batches])
    for part in np.array_split(seen, 4):
        assert part.mean(0).min() > 0.8 * part.mean(0).max(), "in each quarter, each class"
