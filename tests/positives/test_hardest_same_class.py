import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.positives import hardest_same_class
from lightning_contrast.positives.hardest_same_class import HardestSameClassPositives
from lightning_contrast.positives.same_class import SameClassPositives
from tests.embedded import embedded

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 2, 3, 8], [30, 20, 1, 2]))


def by_hand(seen, labels, first, last):
    """Each row's ranked positives, by a loop over the rows of its class."""
    cosine = (seen.embedding @ seen.embedding.T).numpy()
    ranked = []
    for row in range(len(labels)):
        own = [i for i in range(len(labels)) if labels[i] == labels[row] and i != row]
        ranked.append(sorted(own, key=lambda i: cosine[row, i])[first - 1 : last])
    return ranked


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([0, 1, 6]), min_size=1, max_size=25),
    st.integers(1, 4),
    st.integers(0, 5),
)
def test_ranks_are_those_of_a_loop_whatever_the_labels(labels, first, more):
    labels = np.array(labels)
    rule, seen = HardestSameClassPositives(labels, first, first + more), embedded(labels)
    rule.refresh(seen, epoch=1)
    kept = zip(rule._ranked.row.tolist(), rule._ranked.count.tolist(), strict=True)
    assert [row[:count] for row, count in kept] == by_hand(seen, labels, first, first + more)


def test_the_hardest_positive_is_the_least_similar_row_of_the_class():
    rule, seen = HardestSameClassPositives(LABELS), embedded(LABELS)
    rule.refresh(seen, epoch=1)
    drawn = rule(np.arange(len(LABELS)), np.random.default_rng(0))
    hardest = by_hand(seen, LABELS, 1, 1)
    assert drawn.tolist() == [found[0] if found else i for i, found in enumerate(hardest)]


def test_chunks_of_a_class_do_not_change_what_is_found(monkeypatch):
    seen, rules = embedded(LABELS), [HardestSameClassPositives(LABELS, last=3) for _ in range(2)]
    rules[0].refresh(seen, epoch=1)
    monkeypatch.setattr(hardest_same_class, "_CHUNK", 100)
    rules[1].refresh(seen, epoch=1)
    assert rules[0]._ranked.row.equal(rules[1]._ranked.row)


def test_all_ranks_are_drawn_equally_often():
    rule, seen = HardestSameClassPositives(LABELS, first=2, last=5), embedded(LABELS)
    rule.refresh(seen, epoch=1)
    anchor = int(np.flatnonzero(LABELS == 2)[0])
    drawn = rule(np.full(8000, anchor), np.random.default_rng(0))
    shares = np.bincount(drawn, minlength=len(LABELS))[by_hand(seen, LABELS, 2, 5)[anchor]] / 8000
    assert np.abs(shares - 1 / 4).max() < 0.02


def test_until_the_first_search_and_in_a_class_too_small_it_is_same_class():
    rule, other = HardestSameClassPositives(LABELS, first=2, last=3), SameClassPositives(LABELS)
    index = np.arange(len(LABELS))
    assert np.array_equal(*(part(index, np.random.default_rng(1)) for part in (rule, other)))
    rule.refresh(embedded(LABELS), epoch=1)
    pair = np.flatnonzero(LABELS == 8)
    assert rule(pair, np.random.default_rng(0)).tolist() == pair[::-1].tolist()


@pytest.mark.parametrize(
    ("labels", "arguments", "line"),
    [
        ([0, -1], {}, "1 of 2 training rows have none: set positives=view"),
        ([0, 0], {"first": 3, "last": 2}, "first not above last, got 3 and 2"),
        ([0, 0], {"refresh_every": 0}, "refresh_every must be a whole number of at least 1"),
    ],
)
def test_bad_input_is_told(labels, arguments, line):
    with pytest.raises(InputError, match=line):
        HardestSameClassPositives(np.array(labels), **arguments)
