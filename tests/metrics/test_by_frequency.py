import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.metrics.by_frequency import accuracy_by_frequency


def brute_force(predicted, label, train):
    sizes = {c: train.count(c) for c in set(train)}
    if not sizes or max(sizes.values()) < 2 * min(sizes.values()):
        return {}
    groups = {"many": [], "medium": [], "few": []}
    for c in sorted(set(label)):
        right = [p == c for p, true in zip(predicted, label, strict=True) if true == c]
        size = sizes.get(c, 0)
        name = "many" if size > 100 else "few" if size < 20 else "medium"
        groups[name].append(np.mean(right))
    return {f"{name}_accuracy": np.mean(v) for name, v in groups.items() if v}


COUNTS = st.sampled_from([0, 1, 19, 20, 50, 100, 101, 130])


@settings(max_examples=80)
@given(st.lists(COUNTS, min_size=1, max_size=6), st.integers(0, 40), st.integers(0, 99))
def test_it_is_what_a_loop_over_classes_finds(counts, rows, seed):
    random = np.random.default_rng(seed)
    train = np.repeat(np.arange(len(counts)), counts).tolist()
    label, predicted = random.integers(len(counts), size=(2, rows)).tolist()
    found = accuracy_by_frequency(*(torch.tensor(x).long() for x in (predicted, label, train)))
    assert found == pytest.approx(brute_force(predicted, label, train))


def test_classes_of_similar_size_are_not_told_apart():
    label = torch.tensor([0, 1])
    for sizes, groups in (((199, 100), 0), ((200, 100), 2), ((10, 6), 0), ((300, 150), 1)):
        train = torch.repeat_interleave(label, torch.tensor(sizes))
        assert len(accuracy_by_frequency(label, label, train)) == groups


def test_classes_weigh_the_same_in_their_group():
    train = torch.repeat_interleave(torch.arange(3), torch.tensor([500, 200, 5]))
    label = torch.tensor([0] * 9 + [1])
    predicted = torch.tensor([0] * 9 + [0])
    assert accuracy_by_frequency(predicted, label, train) == {"many_accuracy": 0.5}
