"""Tuplet margin loss against its formula and pytorch-metric-learning; gradients at the poles."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.tuplet_margin import TupletMargin
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs
from tests.losses.compare import LABELS, assert_is_formula, assert_is_peer


@pytest.mark.parametrize(("margin", "scale"), [(5.73, 64.0), (20.0, 4.0)])
def test_value_is_the_formula(margin, scale):
    def formula(p, n):
        each = []
        for s in p:
            target = math.cos(math.acos(s) - math.radians(margin))
            each.append(math.log1p(sum(math.exp(scale * (other - target)) for other in n)))
        return sum(each) / len(each)

    assert_is_formula(TupletMargin(margin, scale), formula)


# Theirs is the mean over positive pairs: ours where all anchors have equally many.
@pytest.mark.parametrize("label", [[0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2, 0, 1, 2]])
@pytest.mark.parametrize(("margin", "scale"), [(5.73, 64.0), (20.0, 4.0)])
def test_value_and_gradient_are_those_of_pytorch_metric_learning(margin, scale, label):
    loss = TupletMargin(margin, scale)
    assert_is_peer(loss, "TupletMarginLoss", label, margin=margin, scale=scale)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("s", [1.0, -1.0, 1 - 1e-7, 1 + 1e-6, -1 - 1e-6])
def test_value_and_gradient_are_finite_where_rows_coincide_or_oppose(s, dtype):
    similarity = torch.tensor([[s, 0.5, -1.0, 1.0]], dtype=dtype, requires_grad=True)
    mask = torch.tensor([[True, True, False, False]])
    total, _ = TupletMargin()(similarity, Pairs(mask, ~mask))
    total.backward()
    each = [64 * (1 - math.cos(math.acos(p) - math.radians(5.73))) for p in (round(s, 5), 0.5)]
    expected = sum(math.log1p(math.exp(x)) for x in each) / 2
    assert total.item() == pytest.approx(expected, rel=1e-2)
    assert similarity.grad.isfinite().all() and similarity.grad.abs().max() < 1e4


def test_without_a_margin_it_is_info_nce():
    x, pairs = rows(LABELS).embedding, pairs_of(LABELS)
    torch.testing.assert_close(
        TupletMargin(0, 10.0)(x @ x.T, pairs), InfoNCE(0.1)(x @ x.T, pairs), rtol=1e-10, atol=0
    )


@pytest.mark.parametrize("bad", [{"margin": 90}, {"margin": -1}, {"scale": 0}], ids=str)
def test_bad_settings_are_named(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        TupletMargin(**bad)
