"""FastAP against its formula and pytorch-metric-learning."""

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.engine.masked import _by_ramps, _by_scatter
from lightning_contrast.errors import InputError
from lightning_contrast.losses.fast_ap import FastAP
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Pairs
from tests.losses.compare import assert_float32_is_right, assert_is_formula, assert_is_peer


@pytest.mark.parametrize("bins", [1, 10, 37])
def test_value_and_gradient_are_the_formula_and_the_mean_of_pytorch_metric_learning(bins):
    def histogram(similarities):
        places = [(2 - 2 * s) / 4 * bins for s in similarities]
        return [sum(max(0.0, 1 - abs(x - edge)) for x in places) for edge in range(bins + 1)]

    def formula(p, n):
        near, every = histogram(p), histogram(p + n)
        terms = [
            near[j] * sum(near[: j + 1]) / sum(every[: j + 1])
            for j in range(bins + 1)
            if near[j] > 0
        ]
        return 1 - sum(terms) / len(p)

    assert_is_formula(FastAP(bins), formula)
    assert_is_peer(FastAP(bins), "FastAPLoss", num_bins=bins)
    assert_is_peer(FastAP(bins), "FastAPLoss", [0, 0, 0, 0, 1, 1], num_bins=bins)
    assert_float32_is_right(FastAP(bins))


def test_many_bins_give_one_less_the_average_precision():
    similarity = torch.tensor([[0.9, 0.6, 0.2, 0.7, 0.1, -0.5]], dtype=torch.float64)
    mask = torch.tensor([[True, True, True, False, False, False]])
    total, _ = FastAP(4000)(similarity, Pairs(mask, ~mask))
    assert total.item() == pytest.approx(1 - (1 / 1 + 2 / 3 + 3 / 4) / 3, abs=1e-6)


@pytest.mark.parametrize(("s", "edge"), [(1.0, 0), (1 + 1e-6, 0), (-1.0, 10), (-1 - 1e-6, 10)])
def test_coinciding_and_opposite_rows_stand_at_the_ends(s, edge):
    similarity = torch.tensor([[s, 0.3]], requires_grad=True)  # 0.3 lies between edges 3 and 4
    mask = torch.tensor([[True, False]])
    total, _ = FastAP()(similarity, Pairs(mask, ~mask))
    total.backward()
    assert total.item() == pytest.approx(0.0 if edge == 0 else 0.5)
    assert similarity.grad.isfinite().all()


@pytest.mark.parametrize("bins", [1, 10, 32])
def test_histograms_by_ramps_are_those_by_scatter(bins):
    generator = torch.Generator().manual_seed(bins)
    inside = bins * torch.rand(20, 50, generator=generator, dtype=torch.float64)
    place = torch.cat((inside, inside[:, :2].round()), dim=1)  # the last two stand on edges
    positive = torch.rand(place.shape, generator=generator) < 0.2
    known = positive | (torch.rand(place.shape, generator=generator) < 0.8)
    found = []
    for way in (_by_ramps, _by_scatter):
        leaf = place.clone().requires_grad_()
        positives, everyone = way(leaf, (positive, known), bins)
        (positives.square().sum() + everyone.pow(3).sum()).backward()
        found.append((positives, everyone, leaf.grad[:, :50]))
    for ramps, scatter in zip(*found, strict=True):
        torch.testing.assert_close(ramps, scatter)


@pytest.mark.slow
@pytest.mark.skipif(" " in torch.__file__, reason="Inductor can't compile from a path with a space")
def test_the_compiled_block_is_the_eager_one():
    gradients = []
    for compiled in (False, True):
        batch = rows([i % 5 for i in range(20)])
        x = batch.embedding.clone().requires_grad_()
        contrast = Contrast(Label(), KeepAll(), FastAP(), block_rows=8, compile=compiled)
        contrast(*[batch._replace(embedding=x)] * 2)[0].backward()
        gradients.append(x.grad)
    torch.testing.assert_close(gradients[1], gradients[0])


@pytest.mark.parametrize("bins", [0, 2.5])
def test_bad_settings_are_named(bins):
    with pytest.raises(InputError, match="bins"):
        FastAP(bins=bins)
