"""Ranked list loss against its formula and pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.ranked_list import RankedList
from lightning_contrast.testing.rows import pairs_of
from tests.losses.compare import (
    EVEN,
    assert_float32_is_right,
    assert_is_formula,
    value_and_gradient,
)


def mean(each, sharpness):
    weight = [math.exp(sharpness * over) for over in each]
    return sum(w * over for w, over in zip(weight, each, strict=True)) / (sum(weight) or 1)


@pytest.mark.parametrize(
    ("margin", "alpha", "t_p", "t_n", "imbalance"),
    [(0.4, 1.2, 0.0, 10.0, 0.5), (0.2, 1.4, 5.0, 0.0, 0.3), (0.0, 1.0, 2.0, 30.0, 0.9)],
)
def test_value_is_the_formula(margin, alpha, t_p, t_n, imbalance):
    def formula(p, n):
        far = [math.sqrt(2 - 2 * s) - (alpha - margin) for s in p]
        near = [alpha - math.sqrt(2 - 2 * s) for s in n]
        pull = mean([over for over in far if over > 0], t_p)
        push = mean([over for over in near if over > 0], t_n)
        return (1 - imbalance) * pull + imbalance * push

    loss = RankedList(margin, alpha, t_p, t_n, imbalance)
    assert_is_formula(loss, formula)
    assert_float32_is_right(loss)


@pytest.mark.parametrize(("t_p", "t_n", "imbalance"), [(0.0, 5.0, 0.5), (3.0, 1.0, 0.2)])
def test_value_and_gradient_are_the_mean_of_pytorch_metric_learning(t_p, t_n, imbalance):
    from pytorch_metric_learning import losses, reducers

    theirs = losses.RankedListLoss(
        0.4, t_n, imbalance, alpha=1.3, Tp=t_p, reducer=reducers.MeanReducer()
    )
    loss = RankedList(0.4, 1.3, t_p, t_n, imbalance)

    def ours(x):
        total, weight = loss(x @ x.T, pairs_of(EVEN))
        return total / weight

    expected = value_and_gradient(lambda x: theirs(x, torch.tensor(EVEN)), EVEN)
    # theirs adds 1e-5 to each weight of the row, also where it is 0: up to 1e-4 of the sum
    torch.testing.assert_close(value_and_gradient(ours, EVEN), expected, rtol=2e-4, atol=1e-5)


def test_a_row_within_its_sphere_and_far_from_the_others_has_no_loss():
    similarity = torch.full((4, 4), -0.3).requires_grad_()
    near = torch.block_diag(torch.ones(2, 2), torch.ones(2, 2))
    total, weight = RankedList()(similarity + near, pairs_of([0, 0, 1, 1]))
    total.backward()
    assert total == 0 and weight == 4 and not similarity.grad.any()


def test_the_greatest_temperatures_are_finite_in_float32():
    similarity = torch.ones(1, 20_001)
    similarity[0, 0] = -1
    similarity.requires_grad_()
    mask = torch.zeros_like(similarity, dtype=torch.bool)
    mask[0, 0] = True
    for positive, negative in ((mask, ~mask), (~mask, mask)):
        pairs = pairs_of([0])._replace(positive=positive, negative=negative)
        total, _ = RankedList(2, 2, 30, 30)(similarity, pairs)
        total.backward()
        assert total.isfinite() and similarity.grad.isfinite().all()


@pytest.mark.parametrize(
    "bad",
    [
        {"margin": 1.3},
        {"alpha": 2.1},
        {"positive_temperature": -1},
        {"negative_temperature": 31},
        {"imbalance": 1.1},
    ],
    ids=str,
)
def test_bad_settings_are_named(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        RankedList(**bad)
