"""Generalised lifted structure loss against its formula and pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.lifted_structure import LiftedStructure
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.testing.rows import pairs_of, rows
from tests.losses.compare import (
    LABELS,
    assert_float32_is_right,
    assert_is_formula,
    assert_is_peer,
)


@pytest.mark.parametrize("margin", [1.0, 0.1])
def test_value_is_the_formula(margin):
    def formula(p, n):
        farthest = math.log(sum(math.exp(math.sqrt(2 - 2 * s)) for s in p))
        nearest = math.log(sum(math.exp(margin - math.sqrt(2 - 2 * s)) for s in n))
        return max(0.0, farthest + nearest)

    assert_is_formula(LiftedStructure(margin), formula)
    assert_float32_is_right(LiftedStructure(margin))


@pytest.mark.parametrize("label", [[0, 1, 2, 0, 1, 2], [0, 0, 0, 0, 1, 1]])
def test_value_and_gradient_are_the_mean_of_pytorch_metric_learning(label):
    name = "GeneralizedLiftedStructureLoss"
    assert_is_peer(LiftedStructure(1.0), name, label)
    # two margins of theirs are one: only their difference is felt
    assert_is_peer(LiftedStructure(0.7), name, label, neg_margin=0.9, pos_margin=0.2)


def test_with_the_hardest_pairs_it_is_the_batch_hard_hinge():
    x = rows(LABELS).embedding
    similarity, pairs = x @ x.T, pairs_of(LABELS)
    distance = (2 - 2 * similarity).clamp_min(0).sqrt()
    farthest = distance.masked_fill(~pairs.positive, -9).amax(1)
    nearest = distance.masked_fill(~pairs.negative, 9).amin(1)
    hinge = (farthest - nearest + 0.1).clamp_min(0)[pairs.positive.any(1)]
    assert 0 < (hinge > 0).sum() < len(hinge)
    total, weight = LiftedStructure(0.1)(similarity, Hardest()(similarity, pairs))
    torch.testing.assert_close((total, weight.long()), (hinge.sum(), torch.tensor(len(hinge))))


def test_bad_settings_are_named():
    with pytest.raises(InputError, match="margin"):
        LiftedStructure(margin=0)
