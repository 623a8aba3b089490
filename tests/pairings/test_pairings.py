"""Pairings against the rule in words, row by row."""

import pytest
import torch

from lightning_contrast.pairings.explicit import Explicit
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.pairing import ANCHORS, CHECKS, INDEX, LABEL, ROLE, ROWS, SAMPLE
from lightning_contrast.types import Role
from tests.choices import build, names


def table(rule):
    return torch.tensor([[rule(a, c) for c in range(12)] for a in range(6)])


def test_label_pairs_are_equal_labels_but_for_the_row_itself_and_the_unlabelled():
    pairs = Label()(ANCHORS, ROWS)
    known = [label >= 0 for label in LABEL.tolist()]
    positive = table(lambda a, c: a != c and known[a] and known[c] and bool(LABEL[a] == LABEL[c]))
    negative = table(lambda a, c: known[a] and known[c] and bool(LABEL[a] != LABEL[c]))
    assert torch.equal(pairs.positive, positive) and torch.equal(pairs.negative, negative)


def test_instance_pairs_are_views_of_one_row_and_all_else_is_negative():
    pairs = Instance()(ANCHORS, ROWS)
    positive = table(lambda a, c: a != c and bool(INDEX[a] == INDEX[c]))
    negative = table(lambda a, c: bool(INDEX[a] != INDEX[c]))
    assert torch.equal(pairs.positive, positive) and torch.equal(pairs.negative, negative)


def test_cross_view_instance_pairs_leave_out_the_anchors_own_side():
    pairs = Instance(cross_view=True)(ANCHORS, ROWS)
    other = table(lambda a, c: bool(ROLE[a] != ROLE[c]))
    assert torch.equal(pairs.positive | pairs.negative, other)


def test_explicit_pairs_are_the_drawn_triplets():
    pairs = Explicit()(ANCHORS, ROWS)
    own = table(lambda a, c: a < 3 and bool(SAMPLE[a] == SAMPLE[c]))
    assert torch.equal(pairs.positive, own & (ROLE == Role.POSITIVE))
    assert torch.equal(pairs.negative, own & (ROLE == Role.NEGATIVE))
    assert pairs.negative.sum(1).tolist() == [2, 2, 2, 0, 0, 0]


@pytest.mark.parametrize("name", names("pairing"))
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_pairing_holds_that(name, check):
    groups = [0, 0, 1, 1, 2, 3, 4, 4, 4, 4]
    moments = {
        "groups": groups,
        "actions": [0, 1, 0, 0, 1, 0, 0, 0, 1, 0],
        "ends": [4] * 5 + [6, 6, 9, 9, 9],
    }
    check(build("pairing", name, scores=[0.0] * 10, **moments))
