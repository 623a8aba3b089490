"""Angular loss on pair sums, against explicit triplets and pytorch-metric-learning."""

import math

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.losses.angular import Angular
from lightning_contrast.miners.angular import Angular as AngularMiner
from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs

LABELS = [0, 1, 2, 1, 0, 1, 2, 1]  # the second half: the positives drawn for the first
HALF = 4


def drawn_pairs():
    positive = torch.zeros(HALF, len(LABELS), dtype=torch.bool)
    positive[range(HALF), range(HALF, 2 * HALF)] = True
    return Pairs(positive, pairs_of(LABELS).negative[:HALF])


def sums(x):
    return (x[:HALF] + x[HALF:]) @ x.T


@pytest.mark.parametrize("alpha", [10.0, 45.0, 55.0])
def test_value_is_the_triple_loop(alpha):
    x = rows(LABELS).embedding
    pairs = drawn_pairs()
    squared = math.tan(math.radians(alpha)) ** 2
    expected = 0.0
    for a in range(HALF):
        p = a + HALF
        terms = 0.0
        for n in range(len(LABELS)):
            if pairs.negative[a, n]:
                push = 4 * squared * (x[a] @ x[n] + x[p] @ x[n]).item()
                terms += math.exp(push - 2 * (1 + squared) * (x[a] @ x[p]).item())
        expected += math.log(1 + terms)
    total, weight = Angular(alpha)(sums(x), pairs)
    assert weight == HALF and total.dtype == torch.float64
    assert total.item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("alpha", [36.0, 45.0])
def test_value_and_gradient_are_the_mean_over_drawn_pairs_of_pytorch_metric_learning(alpha):
    from pytorch_metric_learning import losses, reducers

    start = rows(LABELS).embedding
    pairs = drawn_pairs()
    a = torch.arange(HALF)
    negative = torch.where(pairs.negative)
    mine = start.clone().requires_grad_()
    total, weight = Angular(alpha)(sums(torch.nn.functional.normalize(mine, dim=1)), pairs)
    (total / weight).backward()
    theirs = start.clone().requires_grad_()
    loss = losses.AngularLoss(alpha, reducer=reducers.MeanReducer())
    unit = torch.nn.functional.normalize(theirs, dim=1)  # they take negatives as they come
    value = loss(unit, torch.tensor(LABELS), (a, a + HALF, *negative))
    value.backward()
    torch.testing.assert_close(total.detach() / weight, value.detach(), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("alpha", [1.0, 45.0, 89.0])
def test_float32_is_right_at_steep_angles(alpha):
    x = rows(LABELS).embedding
    found = []
    for dtype in (torch.float64, torch.float32):
        similarity = sums(x).to(dtype).requires_grad_()
        total, _ = Angular(alpha)(similarity, drawn_pairs())
        total.backward()
        found.append((total.detach().double(), similarity.grad.double()))
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-3)


def test_it_scores_what_the_angular_miner_leaves():
    x = rows(LABELS).embedding
    kept = AngularMiner(30)(sums(x), drawn_pairs())
    assert 0 < kept.negative.sum() < drawn_pairs().negative.sum()
    total, weight = Angular()(sums(x), kept)
    assert weight == kept.negative.any(1).sum() and 0 < total < Angular()(sums(x), drawn_pairs())[0]
    assert Angular.needs_pair_sums


@pytest.mark.parametrize("alpha", [0, 90])
def test_an_angle_out_of_range_is_named(alpha):
    with pytest.raises(InputError, match="alpha"):
        Angular(alpha)
