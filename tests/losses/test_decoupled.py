"""Decoupled contrastive loss against its formula."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.decoupled import Decoupled
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.testing.rows import pairs_of
from tests.losses.compare import assert_float32_is_right, assert_is_formula


@pytest.mark.parametrize("temperature", [0.005, 0.1, 1.0])
def test_value_is_the_formula(temperature):
    def formula(p, n):
        pushed = math.log(sum(math.exp(s / temperature) for s in n))
        return pushed - sum(s / temperature for s in p) / len(p)

    assert_is_formula(Decoupled(temperature), formula)
    assert_float32_is_right(Decoupled(temperature))


def test_an_easy_positive_leaves_the_negatives_their_gradient():
    label = [0, 0, 1, 1]
    easy = torch.tensor([[1, 0.99, 0.1, 0.2]]).repeat(4, 1)
    slopes = []
    for loss in (Decoupled(0.1), InfoNCE(0.1)):
        similarity = easy.clone().requires_grad_()
        loss(similarity, pairs_of(label))[0].backward()
        slopes.append(similarity.grad[0, 2:].sum().item())
    assert slopes[0] == pytest.approx(10) and slopes[1] < 0.01


def test_rows_apart_have_a_negative_loss():
    similarity = 2 * torch.eye(2).repeat_interleave(2, 0).repeat_interleave(2, 1) - 1
    total, weight = Decoupled(0.5)(similarity, pairs_of([0, 0, 1, 1]))
    assert weight == 4 and total.item() / 4 == pytest.approx(-4 + math.log(2), rel=1e-6)


def test_bad_settings_are_named():
    with pytest.raises(InputError, match="temperature"):
        Decoupled(0)
