import numpy as np
import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.negatives.confused import ConfusedNegatives
from tests.embedded import embedded

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 2, 3, 5], [4, 10, 1, 25]))
CLASSES = [0, 2, 3, 5]


def shares(rule, anchor, draws=40000):
    rule.k = draws
    drawn = rule(np.array([anchor]), np.random.default_rng(0))[0]
    return np.bincount(LABELS[drawn], minlength=6)[CLASSES] / draws, drawn


def by_hand(logits, anchor, smoothing):
    """The formula, a loop over rows and classes."""
    own, weight = int(LABELS[anchor]), np.zeros(4)
    for row in (row for row, label in enumerate(LABELS) if label == own):
        probability = torch.softmax(logits[row].double(), 0).numpy()
        weight += [0 if c == own else probability[c] for c in CLASSES]
    uniform = np.array([c != own for c in CLASSES]) / 3
    return (1 - smoothing) * weight / weight.sum() + smoothing * uniform


@pytest.mark.parametrize("row", [0, 3, 8, 20])
@pytest.mark.parametrize("smoothing", [0.1, 0.5, 1.0])
def test_classes_come_by_the_mean_probability_of_the_anchors_class(row, smoothing):
    rule, seen = ConfusedNegatives(LABELS, smoothing=smoothing), embedded(LABELS)
    rule.refresh(seen, epoch=1)
    expected = by_hand(seen.logits, row, smoothing)
    assert np.abs(shares(rule, row)[0] - expected).max() < 0.01
    assert (expected == 0).sum() == 1, "its own"


def test_until_the_first_look_classes_are_uniform_and_so_are_the_rows_of_a_class():
    anchor = int(np.flatnonzero(LABELS == 3)[0])
    found, drawn = shares(ConfusedNegatives(LABELS), anchor)
    assert np.abs(found - np.array([1, 1, 0, 1]) / 3).max() < 0.01
    rows = np.bincount(drawn, minlength=len(LABELS))[LABELS == 2] / 40000
    assert np.abs(rows - 1 / 30).max() < 0.005


def test_a_head_that_is_never_in_doubt_and_one_that_has_diverged_leave_it_uniform():
    anchor = int(np.flatnonzero(LABELS == 0)[0])
    for sure in (1e6, float("nan")):
        logits = torch.zeros(len(LABELS), 6)
        logits[torch.arange(len(LABELS)), torch.from_numpy(LABELS)] = sure
        rule = ConfusedNegatives(LABELS)
        rule.refresh(embedded(LABELS)._replace(logits=logits), epoch=1)
        assert np.abs(shares(rule, anchor)[0] - np.array([0, 1, 1, 1]) / 3).max() < 0.01


def test_no_class_dies_out():
    logits = torch.full((len(LABELS), 6), -1e6)
    logits[:, 2] = 0.0
    rule = ConfusedNegatives(LABELS, smoothing=0.3)
    rule.refresh(embedded(LABELS)._replace(logits=logits), epoch=1)
    found, _ = shares(rule, int(np.flatnonzero(LABELS == 5)[0]))
    assert np.abs(found - np.array([0.1, 0.8, 0.1, 0])).max() < 0.01


def test_a_generator_at_either_end_of_its_range_stays_within_the_classes():
    class Fixed:
        def __init__(self, value):
            self.value = value

        def random(self, shape):
            return np.full(shape, self.value)

        def integers(self, size):
            return np.zeros(size.shape, dtype=np.int64)

    labels = np.arange(3000)
    rule = ConfusedNegatives(labels)
    for value in (0.0, np.nextafter(1.0, 0.0)):
        drawn = rule(labels, Fixed(value))[:, 0]
        assert (drawn != labels).all()
        assert set(drawn) == ({0, 1} if value == 0 else {2998, 2999})


@pytest.mark.parametrize(
    ("labels", "arguments", "line"),
    [
        ([3, 3, 3], {}, "needs rows of two classes or more, .* all 3 training rows are of one"),
        ([0, 1, -1], {}, "1 of 3 training rows have none: set negatives=random"),
        ([0, 1], {"refresh_every": 0}, "refresh_every must be a whole number of at least 1"),
    ],
)
def test_bad_input_is_told(labels, arguments, line):
    with pytest.raises(InputError, match=line):
        ConfusedNegatives(np.array(labels), **arguments)
