"""Multi-similarity loss against its formula and pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.multi_similarity import MultiSimilarity
from lightning_contrast.miners.multi_similarity import MultiSimilarity as Miner
from lightning_contrast.testing.rows import pairs_of, rows
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


def test_mined_pairs_are_theirs_divided_by_the_anchors_that_keep_a_positive():
    from pytorch_metric_learning import losses, miners

    label = [0, 0, 1, 1, 2, 2, 3, 3]
    apart = torch.eye(6, dtype=torch.float64)[label] + 0.6 * rows(label).embedding
    x = torch.nn.functional.normalize(apart, dim=1)
    similarity, labels = x @ x.T, torch.tensor(label)
    kept = Miner(0.1)(similarity, pairs_of(label))
    total, weight = MultiSimilarity(2, 50, 0.5)(similarity, kept)
    mined = miners.MultiSimilarityMiner(0.1)(x, labels)
    theirs = losses.MultiSimilarityLoss(2, 50, 0.5)(x, labels, mined)
    assert 0 < weight < len(label)
    torch.testing.assert_close(total / len(label), theirs)
