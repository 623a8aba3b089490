import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.negatives._search import nearest_of_others
from lightning_contrast.negatives.hard import HardNegatives
from tests.embedded import embedded

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 3, 8, -1], [30, 20, 1, 9, 10]))


def by_hand(seen, labels, rule, pool=None):
    """Each row's ranked candidates: a loop over rows, and over their candidates."""
    cosine = (seen.embedding @ seen.embedding.T).numpy()
    ranked = []
    for row, label in enumerate(labels):
        others = [i for i in range(len(labels)) if i != row]
        own = [cosine[row, i] for i in others if label >= 0 and labels[i] == label]
        positive = np.mean(own) if own else 1.0
        kept = []
        for i in sorted(others, key=lambda i: -cosine[row, i]):
            alike = label >= 0 and labels[i] == label
            absolute = rule.max_similarity is not None and cosine[row, i] > rule.max_similarity
            margin = rule.relative_margin
            relative = margin is not None and cosine[row, i] > positive - margin * abs(positive)
            if not (alike or absolute or relative) and (pool is None or i in pool):
                kept.append(i)
        ranked.append(kept[rule.first - 1 : rule.last])
    return ranked


def ranks_of(rule):
    kept = zip(rule._ranked.row.tolist(), rule._ranked.count.tolist(), strict=True)
    return [row[:count] for row, count in kept]


GUARDS = [
    {"max_similarity": None},
    {},
    {"first": 4, "last": 6},
    {"max_similarity": 0.5, "last": 3},
    {"max_similarity": None, "relative_margin": 0.0},
    {"relative_margin": 0.3, "first": 2, "last": 9},
    {"max_similarity": -0.9, "relative_margin": 2.0},
    {"last": 69},
]


@pytest.mark.parametrize("arguments", GUARDS, ids=str)
@pytest.mark.parametrize("labels", [LABELS, np.full(70, -1), np.arange(70) % 2], ids="mno")
def test_ranks_and_guards_are_those_of_a_loop_over_rows(labels, arguments):
    rule, seen = HardNegatives(labels, **arguments), embedded(labels, seed=1)
    rule.refresh(seen, epoch=1)
    assert ranks_of(rule) == by_hand(seen, labels, rule)


def test_chunks_do_not_change_what_is_found():
    seen, code = embedded(LABELS), torch.arange(70) % 5
    limit = torch.full((70,), 0.8)
    whole = next(nearest_of_others(seen.embedding, code, slice(None), 4, limit))
    for chunk in (1, 100, 1000):
        parts = list(nearest_of_others(seen.embedding, code, slice(None), 4, limit, chunk))
        assert len(parts) == -(-70 // max(1, chunk // 70))
        assert torch.equal(torch.cat([index for _, _, index in parts]), whole[2])


def test_k_different_ones_are_drawn_each_equally_often():
    rule, seen = HardNegatives(LABELS, k=3, first=2, last=6), embedded(LABELS)
    rule.refresh(seen, epoch=1)
    anchor = int(np.flatnonzero(LABELS == 1)[0])
    drawn = rule(np.full(10000, anchor), np.random.default_rng(0))
    assert (np.diff(np.sort(drawn), axis=1) > 0).all()
    ranked = by_hand(seen, LABELS, rule)[anchor]
    assert len(ranked) == 5
    shares = np.bincount(drawn.ravel(), minlength=70)[ranked] / 10000
    assert np.abs(shares - 3 / 5).max() < 0.02


def test_fewer_candidates_than_k_come_again_and_none_at_all_are_drawn_at_random():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    angle = torch.tensor([0.0, 1.0, 2.0, 0.1, 0.3, 2.9, 3.1])
    rows = torch.stack((angle.cos(), angle.sin()), 1)
    rule = HardNegatives(labels, k=3, max_similarity=-0.9)
    seen = embedded(labels)._replace(embedding=rows)
    rule.refresh(seen, epoch=1)
    assert ranks_of(rule)[:3] == [[5, 6], [], []]
    drawn = rule(np.repeat(np.arange(3), 300), np.random.default_rng(0)).reshape(3, -1)
    assert sorted(np.bincount(drawn[0])[5:] / 300) == pytest.approx([1.5, 1.5], abs=0.1)
    assert set(drawn[1]) == set(drawn[2]) == {3, 4, 5, 6}


def test_until_the_first_search_negatives_are_random_ones():
    rule = HardNegatives(LABELS, k=20)
    anchor = int(np.flatnonzero(LABELS == 0)[0])
    drawn = rule(np.full(400, anchor), np.random.default_rng(0))
    assert set(drawn.ravel()) == set(np.flatnonzero(LABELS != 0))


def test_a_pool_is_searched_exactly_and_another_at_each_search():
    rule, seen = HardNegatives(LABELS, last=5, pool=15), embedded(LABELS)
    pools = []
    for epoch in (1, 2):
        rule.refresh(seen, epoch)
        pools.append(set(rule._pool(epoch).tolist()))
        assert len(pools[-1]) == 15
        assert ranks_of(rule) == by_hand(seen, LABELS, rule, pools[-1])
    assert pools[0] != pools[1]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([-1, 0, 1, 6]), min_size=2, max_size=20),
    st.integers(1, 4),
    st.integers(0, 4),
    st.sampled_from([None, 0.0, 0.9]),
    st.sampled_from([None, 0.0, 0.4]),
    st.integers(0, 5),
)
def test_any_labels_and_settings_agree_with_the_loop(labels, first, more, limit, margin, seed):
    labels = np.array(labels)
    if len(set(labels)) == 1 and labels[0] >= 0:
        labels[0] = -1
    rule = HardNegatives(labels, 1, first, first + more, limit, margin)
    seen = embedded(labels, seed)
    rule.refresh(seen, epoch=1)
    ranked = by_hand(seen, labels, rule)
    assert ranks_of(rule) == ranked
    drawn = rule(np.arange(len(labels)), np.random.default_rng(seed))[:, 0]
    assert all(own in kept for own, kept in zip(drawn, ranked, strict=True) if kept)
    assert not ((labels >= 0) & (labels[drawn] == labels)).any()


def test_an_embedding_that_is_not_a_number_leaves_every_rule_intact():
    seen = embedded(LABELS)
    seen.embedding[::3] = torch.nan
    rule = HardNegatives(LABELS, k=2)
    rule.refresh(seen, epoch=1)
    drawn = rule(np.arange(70), np.random.default_rng(0))
    assert not ((LABELS >= 0)[:, None] & (LABELS[drawn] == LABELS[:, None])).any()
    assert not (drawn == np.arange(70)[:, None]).any()


@pytest.mark.parametrize(
    ("labels", "arguments", "line"),
    [
        ([3, 3, 3], {}, "all 3 training rows are of one class: set negatives=in_batch"),
        ([0, 1], {"first": 9, "last": 8}, "first not above last, got 9 and 8"),
        ([0, 1], {"k": 3, "first": 5, "last": 6}, "at most the 2 ranks .* set negatives.last=7"),
        ([0, 1], {"refresh_every": 0}, "refresh_every must be a whole number of at least 1"),
        ([0, 1], {"pool": 10}, "negatives.pool must be at least last=20 rows, or null, got 10"),
    ],
)
def test_bad_input_is_told(labels, arguments, line):
    with pytest.raises(InputError, match=line):
        HardNegatives(np.array(labels), **arguments)
