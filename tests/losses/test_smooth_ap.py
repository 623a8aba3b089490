"""SmoothAP against its formula and pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.smooth_ap import SmoothAP
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs
from tests.losses.compare import assert_float32_is_right, assert_is_formula, value_and_gradient


def formula(p, n, t, most=99):
    def above(others, own):
        return sum(1 / (1 + math.exp((own - s) / t)) for s in others)

    scored = sorted(p)[:most]
    ranks = [(0.5 + above(p, s), above(n, s)) for s in scored]
    return 1 - sum(near / (near + far) for near, far in ranks) / len(scored)


@pytest.mark.parametrize("t", [0.01, 0.1, 1.0])
def test_value_is_the_formula(t):
    assert_is_formula(SmoothAP(t), lambda p, n: formula(p, n, t))
    assert_is_formula(SmoothAP(t, positives=2), lambda p, n: formula(p, n, t, most=2))
    assert_float32_is_right(SmoothAP(max(t, 0.1)))


def test_with_the_anchor_in_its_own_ranking_it_is_that_of_pytorch_metric_learning():
    from pytorch_metric_learning import losses

    label = [0, 0, 0, 1, 1, 1, 2, 2, 2]  # as many classes as rows of a class: what theirs takes

    def ours(x):
        pairs = pairs_of(label)
        itself = torch.eye(len(label), dtype=torch.bool)
        total, weight = SmoothAP(0.1)(x @ x.T, Pairs(pairs.positive | itself, pairs.negative))
        return total / weight

    theirs = losses.SmoothAPLoss(temperature=0.1)
    expected = value_and_gradient(lambda x: theirs(x, torch.tensor(label)), label)
    close = {"rtol": 1e-6, "atol": 1e-6, "check_dtype": False}  # theirs adds up in float32
    torch.testing.assert_close(value_and_gradient(ours, label), expected, **close)


def test_a_small_temperature_gives_one_less_the_average_precision():
    similarity = torch.tensor([[0.9, 0.6, 0.2, 0.7, 0.1, -0.5]], dtype=torch.float64)
    mask = torch.tensor([[True, True, True, False, False, False]])
    total, _ = SmoothAP(1e-4)(similarity, Pairs(mask, ~mask))
    assert total.item() == pytest.approx(1 - (1 / 1 + 2 / 3 + 3 / 4) / 3, abs=1e-6)


def test_rows_find_their_class():
    x = rows([0, 0, 0, 1, 1, 1]).embedding.clone().requires_grad_()
    optimizer = torch.optim.SGD([x], lr=1.0)
    for _ in range(100):
        unit = torch.nn.functional.normalize(x, dim=1)
        total, weight = SmoothAP(0.1)(unit @ unit.T, pairs_of([0, 0, 0, 1, 1, 1]))
        optimizer.zero_grad()
        (total / weight).backward()
        optimizer.step()
    assert total / weight < 0.1


@pytest.mark.parametrize(
    ("make", "words"),
    [(lambda: SmoothAP(0), "temperature"), (lambda: SmoothAP(positives=0), "positives")],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(InputError, match=words):
        make()
