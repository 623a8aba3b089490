"""Neighbourhood components analysis against its formula and pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.nca import NCA
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.testing.rows import pairs_of, rows
from tests.losses.compare import assert_float32_is_right, assert_is_formula, assert_is_peer


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_value_and_gradient_are_the_formula_and_the_mean_of_pytorch_metric_learning(scale):
    def formula(p, n):
        near, far = (sum(math.exp(-scale * (2 - 2 * s)) for s in part) for part in (p, n))
        return -math.log(near / (near + far))

    assert_is_formula(NCA(scale), formula)
    assert_is_peer(NCA(scale), "NCALoss", softmax_scale=scale)
    assert_is_peer(NCA(scale), "NCALoss", [0, 0, 0, 0, 1, 1], softmax_scale=scale)


@pytest.mark.parametrize("scale", [0.01, 1.0, 200.0])
def test_float32_is_right_at_every_scale(scale):
    assert_float32_is_right(NCA(scale))


def test_with_one_positive_it_is_supcon_at_half_the_inverse_scale():
    label = [0, 1, 2, 0, 1, 2]
    x, pairs = rows(label).embedding, pairs_of(label)
    torch.testing.assert_close(NCA(5.0)(x @ x.T, pairs), SupCon(0.1, "in")(x @ x.T, pairs))


def test_one_class_has_no_loss_at_all():
    x = rows([0, 0, 0]).embedding
    total, weight = NCA()(x @ x.T, pairs_of([0, 0, 0]))
    assert total == 0 and weight == 3


def test_bad_settings_are_named():
    with pytest.raises(InputError, match="scale"):
        NCA(scale=0)
