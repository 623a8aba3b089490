import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.samplers._nested import NestedLayout
from lightning_contrast.samplers.hierarchical import HierarchicalSampler

NAMES = ("cat", "dog", "cow", "car", "van", "bus", "oak")
KINDS = dict.fromkeys(NAMES[:3], "animal") | dict.fromkeys(NAMES[3:6], "vehicle")
LABELS = np.random.default_rng(0).permutation(np.repeat(np.arange(6), [30, 22, 9, 17, 12, 40]))


def make(labels=LABELS, batch_size=16, **own):
    own = {"classes": NAMES, "superclasses": KINDS} | own
    return HierarchicalSampler(labels, batch_size, **own)


def test_full_batches_hold_k_rows_of_p_classes_of_g_superclasses():
    parent = np.array([0, 0, 0, 1, 1, 1])
    for draw in make(drop_last=True):
        found, rows = np.unique(LABELS[draw.index], return_counts=True)
        assert rows.tolist() == [4] * 4
        assert parent[found].tolist() == [0, 0, 1, 1]


def test_names_of_super_classes_may_look_like_numbers():
    numbered = {name: int(kind == "vehicle") for name, kind in KINDS.items()}
    assert [d.index.tolist() for d in make(superclasses=numbered)] == [
        d.index.tolist() for d in make()
    ]


def test_every_row_of_whole_groups_comes_where_classes_are_alike():
    labels = np.repeat(np.arange(6), 24)
    rows = np.concatenate([draw.index for draw in make(labels, 24, samples_per_class=4)])
    assert sorted(rows.tolist()) == list(range(144))


@settings(max_examples=80)
@given(
    st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=5), max_size=4),
    st.lists(st.integers(1, 12), min_size=2, max_size=5),
    st.integers(1, 4),
    st.integers(2, 4),
    st.integers(0, 5),
)
def test_nested_layout_deals_different_classes_and_leaves_out_only_lone_ones(
    trees, wide, outer, inner, seed
):
    tree = [*trees, wide]
    groups = np.concatenate([np.array(numbers) for numbers in tree])
    parents = np.repeat(np.arange(len(tree)), [len(numbers) for numbers in tree])
    layout = NestedLayout(groups, parents, outer, inner)
    dealt = layout.deal(np.random.default_rng(seed))
    assert len(dealt) == layout.sizes.sum()
    assert len(np.unique(dealt)) == len(dealt)
    assert (np.diff(layout.sizes) <= 0).all()
    kind = np.repeat(np.arange(len(groups)), groups)[dealt]
    for batch, size in zip(np.split(kind, np.cumsum(layout.sizes)[:-1]), layout.sizes, strict=True):
        assert len(np.unique(batch)) == size  # no class twice
        width = np.unique(parents[batch], return_counts=True)[1]
        assert len(width) <= outer
        assert len(set(width.tolist())) == 1
        assert width[0] <= inner
        assert size > 1
    # What is left out could only stand alone: one class of a super-class, and of one of these
    # where a batch takes several.
    short = np.flatnonzero(np.bincount(kind, minlength=len(groups)) < groups)
    assert len(short) == len(np.unique(parents[short]))
    lonely = set(layout.lonely.tolist())
    assert outer == 1 or len(set(parents[short].tolist()) - lonely) <= 1
    own = np.repeat(parents, groups)
    seen = {p for e in range(30) for p in own[layout.deal(np.random.default_rng(e))].tolist()}
    assert set(parents.tolist()) - seen == lonely


def test_groups_of_the_source_are_superclasses_and_a_class_may_be_in_several():
    labels, groups = np.tile([0, 1], 32), np.repeat([5, 9, 11, 40], 16)
    sampler = HierarchicalSampler(labels, 8, groups=groups, samples_per_class=2)
    draws = list(sampler)
    assert len(draws) == 8
    for draw in draws:
        pairs = np.stack((groups[draw.index], labels[draw.index]))
        cells, rows = np.unique(pairs, axis=1, return_counts=True)
        assert rows.tolist() == [2] * 4
        assert len(np.unique(cells[0])) == 2


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ({"superclasses": None}, "the source has no groups: set sampler.superclasses={class:"),
        ({"superclasses": None, "groups": np.arange(130)}, "the source has no groups"),
        ({"superclasses": {**KINDS, "cart": "vehicle"}}, "names 'cart', which is no class: .* cat"),
        ({"superclasses": {"cat": "animal"}}, "class 'dog' has no super-class: add it to"),
        ({"superclasses_per_batch": 3}, "must be at most 2, .* got 3: set .*_per_batch=2"),
        ({"samples_per_class": 5}, "batch_size=16 must be .*=2 x 2 to 3 classes x samples_per_cl"),
        ({"samples_per_class": 3}, "set datamodule.batch_size=18"),
        (
            {"batch_size": 14},
            "2 super-classes have 3 classes or more.: set datamodule.batch_size=16",
        ),
        ({"batch_size": 40, "samples_per_class": 10}, "class 'cow' of super-class 'animal' has 9"),
        (
            {"superclasses": {**KINDS, "cat": "pet"}, "labels": np.repeat(np.arange(6), 8)},
            "super-class 'pet' has a single class, which has no near negatives: set",
        ),
        ({"labels": np.append(LABELS, -1)}, "needs a label for every row, but 1 of 131"),
    ],
)
def test_what_can_not_be_filled_is_told_with_the_mend(own, line):
    with pytest.raises(InputError, match=line):
        make(**own)


def test_the_batch_size_of_the_mend_is_accepted():
    for ranks in (1, 2, 3):
        with pytest.raises(InputError, match=r"set datamodule\.batch_size=") as refused:
            make(batch_size=7, world_size=ranks)
        make(batch_size=int(str(refused.value).split("batch_size=")[-1]), world_size=ranks)
