"""Multi-similarity loss against its formula and pytorch-metric-learning."""

import math

import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.losses.multi_similarity import MultiSimilarity
from tests.losses.compare import assert_float32_is_right, assert_is_formula, assert_is_peer


@pytest.mark.parametrize(("alpha", "beta", "base"), [(2.0, 50.0, 0.5), (18.0, 75.0, 0.77)])
def test_value_and_gradient_are_the_formula_and_the_mean_of_pytorch_metric_learning(
    alpha, beta, base
):
    def formula(p, n):
        pull = math.log(1 + sum(math.exp(-alpha * (s - base)) for s in p)) / alpha
        return pull + math.log(1 + sum(math.exp(beta * (s - base)) for s in n)) / beta

    loss = MultiSimilarity(alpha, beta, base)
    assert_is_formula(loss, formula)
    assert_is_peer(loss, "MultiSimilarityLoss", alpha=alpha, beta=beta, base=base)
    assert_is_peer(
        loss, "MultiSimilarityLoss", [0, 0, 0, 0, 1, 1], alpha=alpha, beta=beta, base=base
    )
    assert_float32_is_right(loss)


@pytest.mark.parametrize("bad", [{"alpha": 0}, {"beta": -1}, {"base": 1.5}], ids=str)
def test_bad_settings_are_named(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        MultiSimilarity(**bad)
