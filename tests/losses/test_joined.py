"""Losses of the whole batch: threshold-consistent margin, weighted DCL, HiMulCon."""

import math

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.decoupled_weighted import DecoupledWeighted
from lightning_contrast.losses.hi_mul_con import HiMulCon
from lightning_contrast.losses.threshold_consistent_margin import ThresholdConsistentMargin
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.levels import Levels
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs
from tests.losses.compare import EVEN, LABELS, value_and_gradient


@pytest.mark.parametrize("margins", [(0.9, 0.5), (-0.5, 0.0), (0.3, 0.9)])
def test_threshold_consistent_margin_is_that_of_pytorch_metric_learning(margins):
    from pytorch_metric_learning import losses

    loss = ThresholdConsistentMargin(*margins, 0.5, 2.0)
    peer = losses.ThresholdConsistentMarginLoss(0.5, 2.0, *margins)

    def ours(x):
        total, weight = loss(x @ x.T, pairs_of(EVEN))
        return total / weight

    expected = value_and_gradient(lambda x: peer(x, torch.tensor(EVEN)), EVEN)
    torch.testing.assert_close(value_and_gradient(ours, EVEN), expected, rtol=1e-6, atol=1e-6)


def lightly_weights(first, second, sigma):
    """lightly's ``negative_mises_fisher_weights``."""
    similarity = torch.einsum("nm,nm->n", first.detach(), second.detach()) / sigma
    return 2 - first.shape[0] * torch.nn.functional.softmax(similarity, dim=0)


def test_weighted_dcl_is_its_formula_with_the_weights_of_lightly():
    torch.manual_seed(0)
    views = torch.nn.functional.normalize(torch.randn(2, 6, 5, dtype=torch.float64), dim=-1)
    views.requires_grad_()
    x, t = views.flatten(0, 1), 0.2
    same = torch.arange(6).repeat(2)
    positive = (same[:, None] == same[None]) & ~torch.eye(12, dtype=torch.bool)
    negative = same[:, None] != same[None]
    total, weight = DecoupledWeighted(t, sigma=0.4)(x @ x.T, Pairs(positive, negative))
    weights = lightly_weights(*views, 0.4).repeat(2)
    each = [
        -weights[i] * (x @ x.T)[i, positive[i]][0] / t
        + torch.logsumexp((x @ x.T)[i, negative[i]] / t, 0)
        for i in range(12)
    ]
    expected = torch.stack(each).mean()
    torch.testing.assert_close(total / weight, expected)
    found = torch.autograd.grad(total / weight, views, retain_graph=True)
    torch.testing.assert_close(found, torch.autograd.grad(expected, views))


# sport/football, sport/football/cup, sport/football/league, sport/tennis, art
PATHS = [[0, 1], [0, 1, 2], [0, 1, 3], [0, 4], [5]]
DEPTHS = [1, 2, 3, 3, 2, 1]
CLASS = [0, 1, 2, 3, 4, 1, 2, 4, 3, 0, -1]


def shared(one, other):
    return len(set(PATHS[one]) & set(PATHS[other]))


@pytest.mark.parametrize("constrained", [True, False])
@pytest.mark.parametrize("block_rows", [3, 100])
def test_hi_mul_con_is_the_mean_over_levels_of_loops(constrained, block_rows):
    batch = rows(CLASS)
    loss = HiMulCon(levels=3, temperature=0.5, base=3.0, constrained=constrained)
    levels = Levels(PATHS, DEPTHS)
    total, weight = Contrast(levels, KeepAll(), loss, block_rows, compile=False)(batch, batch)
    s = (batch.embedding @ batch.embedding.T).tolist()
    known = [i for i, label in enumerate(CLASS) if label >= 0]
    of_level = []
    for level in (1, 2, 3):
        each = []
        for i in known:
            near = [j for j in known if j != i and shared(CLASS[i], CLASS[j]) >= level]
            every = math.log(sum(math.exp(s[i][j] / 0.5) for j in known if j != i))
            each += [every - sum(s[i][j] / 0.5 for j in near) / len(near)] if near else []
        of_level.append(sum(each) / len(each))
    if constrained:
        of_level = [max(of_level[level:]) for level in range(3)]
    expected = sum(3.0 ** (1 / (3 - level)) * value for level, value in enumerate(of_level)) / 3
    assert weight == len(known)
    assert total.item() / weight.item() == pytest.approx(expected, rel=1e-6)


def test_levels_that_no_pair_shares_add_nothing():
    batch = rows(LABELS)
    values = []
    for depth in (1, 4):
        loss = HiMulCon(levels=depth, base=1.0, constrained=False)
        total, weight = Contrast(Levels(), KeepAll(), loss, compile=False)(batch, batch)
        values.append(depth * total / weight)
    torch.testing.assert_close(values[0], values[1])


def test_rows_with_several_paths_share_the_most_that_any_two_of_them_do():
    batch = rows([0, 1])
    pairs = Levels([[0, 1, 2], [0, 2, 3]], [1, 2, 1, 2])(batch, batch)
    assert pairs.score.tolist() == [[2.0, 1.0], [1.0, 2.0]]  # not 2: one level has two in common
