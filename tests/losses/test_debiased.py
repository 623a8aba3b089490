"""Debiased and hard negative losses against their formulas; they are one family."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.debiased import Debiased
from lightning_contrast.losses.hard_negative import HardNegative
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs
from tests.losses.compare import LABELS, assert_float32_is_right, assert_is_formula


def formula(t, tau_plus, beta=0.0):
    def of_anchor(p, n):
        weight = [math.exp(beta * s / t) for s in n]
        push = sum(w * math.exp(s / t) for w, s in zip(weight, n, strict=True)) / sum(weight)
        pull = sum(math.exp(s / t) for s in p) / len(p)
        g = max((push - tau_plus * pull) / (1 - tau_plus), math.exp(-1 / t))
        return sum(math.log(1 + len(n) * g / math.exp(s / t)) for s in p) / len(p)

    return of_anchor


@pytest.mark.parametrize("tau_plus", [0.0, 0.1, 0.6])
@pytest.mark.parametrize("temperature", [0.05, 0.5, 3.0])
def test_value_is_the_formula(temperature, tau_plus):
    assert_is_formula(Debiased(temperature, tau_plus), formula(temperature, tau_plus))


@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("tau_plus", [0.0, 0.1])
@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_value_with_weights_is_the_formula(temperature, tau_plus, beta):
    loss = HardNegative(temperature, tau_plus, beta)
    assert_is_formula(loss, formula(temperature, tau_plus, beta))


@pytest.mark.parametrize("loss", [Debiased(0.5), Debiased(0.1, 0.3), HardNegative(0.1)], ids=repr)
def test_float32_is_right(loss):
    assert_float32_is_right(loss)


@pytest.mark.parametrize("beta", [0.0, 2.0])
def test_the_lowest_temperature_is_right_in_float64_and_float32(beta):
    loss = HardNegative(0.005, 0.1, beta)
    assert_is_formula(loss, formula(0.005, 0.1, beta))
    x = rows(LABELS).embedding
    found = []
    for dtype in (torch.float64, torch.float32):
        similarity = (x @ x.T).to(dtype).requires_grad_()
        total, _ = loss(similarity, pairs_of(LABELS))
        total.backward()
        found.append((total.detach().double(), similarity.grad.double()))
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-3)


def test_a_positive_far_above_very_many_negatives_has_a_finite_gradient():
    similarity = torch.tensor([[1.0, -0.5] + [-1.0] * 19_999]).requires_grad_()
    mask = torch.zeros(1, 20_001, dtype=torch.bool)
    mask[0, 0] = True
    total, weight = Debiased(0.005, 0.1)(similarity, Pairs(mask, ~mask))
    total.backward()
    assert 0 <= total < 1e-30 and weight == 1 and similarity.grad.isfinite().all()


def test_one_positive_and_its_bound_are_those_of_the_authors_code():
    t, tau_plus, beta = 0.5, 0.1, 1.0
    x = rows([0, 1, 2, 3, 0, 1, 2, 3]).embedding
    x[6] = 0.9 * x[2] + 0.1 * x[6]  # one positive so near that the bound is met
    x = torch.nn.functional.normalize(x, dim=1)
    pairs = pairs_of([0, 1, 2, 3, 0, 1, 2, 3])
    negative = (x @ x.T / t).exp()[pairs.negative].view(8, 6)
    positive = (x @ x.T / t).exp()[pairs.positive]
    importance = (beta * negative.log()).exp()
    weighted = (importance * negative).sum(1) / importance.mean(1)
    estimate = (-tau_plus * 6 * positive + weighted) / (1 - tau_plus)
    bound = 6 * math.exp(-1 / t)
    bounded = estimate.clamp_min(bound)
    expected = -(positive / (positive + bounded)).log().sum()
    total, weight = HardNegative(t, tau_plus, beta)(x @ x.T, pairs)
    assert weight == 8
    torch.testing.assert_close(total, expected, rtol=1e-10, atol=0)


def test_where_the_bound_is_met_negatives_have_no_gradient():
    similarity = torch.tensor([[0.9, -0.9, -0.8]], dtype=torch.float64).requires_grad_()
    mask = torch.tensor([[True, False, False]])
    total, _ = Debiased(0.5, 0.1)(similarity, Pairs(mask, ~mask))
    total.backward()
    assert total.item() == pytest.approx(math.log(1 + 2 * math.exp(-2) / math.exp(1.8)), rel=1e-10)
    assert similarity.grad[0, 0] < 0 and not similarity.grad[0, 1:].any()


def test_beta_0_is_debiased_and_tau_0_is_info_nce_and_a_great_beta_is_the_hardest():
    x = rows(LABELS).embedding
    similarity, pairs = x @ x.T, pairs_of(LABELS)
    expected = Debiased(0.3, 0.2)(similarity, pairs)
    torch.testing.assert_close(HardNegative(0.3, 0.2, beta=0.0)(similarity, pairs), expected)
    expected = InfoNCE(0.3)(similarity, pairs)
    torch.testing.assert_close(Debiased(0.3, 0.0)(similarity, pairs), expected)
    hardest = similarity.masked_fill(~pairs.negative, -9).amax(1, keepdim=True)
    alike = torch.where(pairs.negative, hardest, similarity)
    expected = InfoNCE(0.3)(alike, pairs)
    torch.testing.assert_close(HardNegative(0.3, 0.0, beta=500.0)(similarity, pairs), expected)


@pytest.mark.parametrize("loss", [Debiased, HardNegative])
@pytest.mark.parametrize("bad", [{"temperature": 0}, {"tau_plus": 1}, {"tau_plus": -0.1}], ids=str)
def test_bad_settings_are_named(loss, bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        loss(**bad)


def test_a_negative_beta_is_named():
    with pytest.raises(InputError, match="beta"):
        HardNegative(beta=-1)
