"""Sigmoid loss against its formula, and its own parameters through the engine."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.sigmoid import Sigmoid
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import pairs_of, rows
from tests.losses.compare import LABELS, assert_is_formula


@pytest.mark.parametrize(("t", "b"), [(0.1, -10.0), (1.0, 0.5)])
def test_value_is_the_formula(t, b):
    def formula(p, n):
        logits = [s / t + b for s in p] + [-(s / t + b) for s in n]
        return sum(math.log1p(math.exp(-x)) for x in logits)

    loss = Sigmoid(t, b).double()
    loss.log_inverse_temperature.data.fill_(-math.log(t))  # as float64 has it
    assert_is_formula(loss, formula)


def test_with_negatives_only_it_is_the_sum_over_them_of_each_anchor_that_has_some():
    x, pairs = rows(LABELS).embedding, pairs_of(LABELS)
    loss = Sigmoid(0.5, -1.0, negatives_only=True).double()
    loss.log_inverse_temperature.data.fill_(math.log(2))
    total, weight = loss(x @ x.T, pairs)
    expected = (1 + (2 * (x @ x.T) - 1).exp()).log()[pairs.negative].sum()
    torch.testing.assert_close(total, expected)
    assert weight == 10  # the row of a class of its own, too


@pytest.mark.parametrize("block_rows", [1, 4, 11])
def test_its_parameters_get_the_gradient_of_the_full_matrix_in_blocks(block_rows):
    full, blocks = Sigmoid(0.5, -1.0).double(), Sigmoid(0.5, -1.0).double()
    batch = rows(LABELS)
    full(batch.embedding @ batch.embedding.T, pairs_of(LABELS))[0].backward()
    Contrast(Label(), KeepAll(), blocks, block_rows, compile=False)(batch, batch)[0].backward()
    for name, parameter in blocks.named_parameters():
        expected = full.get_parameter(name).grad
        torch.testing.assert_close(parameter.grad, expected, rtol=1e-10, atol=0)
        assert expected.abs() > 0.1


def test_the_gradient_of_its_parameters_is_that_of_finite_differences():
    x, loss = rows(LABELS).embedding, Sigmoid(0.5, -1.0)

    def value(*learnt):
        names = dict(zip(("log_inverse_temperature", "bias"), learnt, strict=True))
        return torch.func.functional_call(loss, names, (x @ x.T, pairs_of(LABELS)))[0]

    start = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.7, -1.0)]
    assert torch.autograd.gradcheck(value, start)


def test_temperature_and_bias_learn_to_tell_the_pairs():
    batch, loss = rows([0, 0, 1, 1]), Sigmoid()
    contrast = Contrast(Label(), KeepAll(), loss, compile=False)
    optimizer = torch.optim.SGD(loss.parameters(), lr=0.1)
    before, _ = contrast(batch, batch)
    for _ in range(50):
        optimizer.zero_grad()
        contrast(batch, batch)[0].backward()
        optimizer.step()
    assert contrast(batch, batch)[0] < before / 2 and loss.bias > -10


@pytest.mark.parametrize("temperature", [0.005, 0.05, 1.0, 10.0])
def test_float32_is_right_at_every_temperature(temperature):
    batch, found = rows(LABELS), []
    for dtype in (torch.float64, torch.float32):
        loss = Sigmoid(temperature).to(dtype)
        s = (batch.embedding @ batch.embedding.T).to(dtype).requires_grad_()
        total, _ = loss(s, pairs_of(LABELS))
        total.backward()
        found.append((total.detach().double(), s.grad.double()))
    torch.testing.assert_close(found[1], found[0], rtol=1e-4, atol=1e-4)


def test_bad_settings_are_named():
    with pytest.raises(InputError, match="initial_temperature"):
        Sigmoid(initial_temperature=0)
