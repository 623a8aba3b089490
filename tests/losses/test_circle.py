"""Circle loss against its formula and pytorch-metric-learning; its weights carry no gradient."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.circle import Circle
from lightning_contrast.types import Pairs
from tests.losses.compare import assert_float32_is_right, assert_is_formula, assert_is_peer


@pytest.mark.parametrize(("m", "gamma"), [(0.4, 80.0), (0.25, 256.0), (0.0, 4.0)])
def test_value_and_gradient_are_the_formula_and_the_mean_of_pytorch_metric_learning(m, gamma):
    def formula(p, n):
        pull = sum(math.exp(-gamma * max(0, 1 + m - s) * (s - 1 + m)) for s in p)
        push = sum(math.exp(gamma * max(0, s + m) * (s - m)) for s in n)
        return math.log1p(pull * push)

    loss = Circle(m, gamma)
    assert_is_formula(loss, formula)
    assert_is_peer(loss, "CircleLoss", m=m, gamma=gamma)
    assert_is_peer(loss, "CircleLoss", [0, 0, 0, 0, 1, 1], m=m, gamma=gamma)
    assert_float32_is_right(loss)


def test_the_weights_are_constants_to_the_gradient():
    similarity = torch.tensor([[0.7, 0.3]], dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([[True, False]])
    Circle(0.4, 10.0)(similarity, Pairs(mask, ~mask))[0].backward()
    logit = 10 * 0.7 * (0.3 - 0.4) - 10 * 0.7 * (0.7 - 0.6)
    slope = 10 * 0.7 / (1 + math.exp(-logit))
    assert similarity.grad[0].tolist() == pytest.approx([-slope, slope], rel=1e-10)


@pytest.mark.parametrize("bad", [{"margin": 1}, {"margin": -0.1}, {"gamma": 0}], ids=str)
def test_bad_settings_are_named(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        Circle(**bad)
