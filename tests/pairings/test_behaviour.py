"""How alike moments are against the recursion of the metric, in float64; and the contrast of it."""

import math

import numpy as np
import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.graded_nce import GradedNCE
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.behaviour import Behaviour
from lightning_contrast.testing.rows import rows

RANDOM = np.random.default_rng(0)
ACTIONS = RANDOM.integers(3, size=17)
ENDS = np.repeat([4, 5, 11, 16], [5, 1, 6, 5])
ALIKE = Behaviour(gamma=0.8, scale=0.7, actions=ACTIONS, ends=ENDS)
BATCH = rows([0] * 17)


def metric(x, y, gamma=0.8):
    """The recursion, until both trajectories have ended and stay where they are."""
    differs = float(ACTIONS[x] != ACTIONS[y])
    if x == ENDS[x] and y == ENDS[y]:
        return differs
    return differs + gamma * metric(min(x + 1, ENDS[x]), min(y + 1, ENDS[y]))


def test_distances_are_those_of_the_recursion_up_to_the_longest_trajectory():
    steps = (ENDS - np.arange(17)).max() + 1
    for x in range(17):
        for y in range(17):
            expected = metric(x, y)
            left = max(ENDS[x] - x, ENDS[y] - y)  # beyond it the last actions go on
            tail = 0.8 ** np.arange(left + 1, steps) * (ACTIONS[ENDS[x]] != ACTIONS[ENDS[y]])
            found = ALIKE.distance(torch.tensor([x]), torch.tensor([y])).item()
            assert found == pytest.approx(expected + tail.sum(), abs=1e-5)


def test_positives_are_moments_of_other_trajectories_that_are_alike_enough():
    pairs = ALIKE(BATCH, BATCH)
    number = torch.arange(17)
    distance = ALIKE.distance(number, number).tolist()
    for x in range(17):
        others = [y for y in range(17) if ENDS[y] != ENDS[x]]
        positive = [y for y in others if math.exp(-distance[x][y] / 0.7) >= 0.5]
        assert torch.nonzero(pairs.positive[x])[:, 0].tolist() == positive
        negative = [y for y in others if y not in positive]
        assert torch.nonzero(pairs.negative[x])[:, 0].tolist() == negative
    assert pairs.score.allclose((-torch.tensor(distance) / 0.7).exp())
    assert 0 < pairs.positive.any(1).sum() < 17


def test_the_contrast_is_that_of_a_loop_with_its_gradient_in_any_blocks():
    one = BATCH.embedding.clone().requires_grad_()
    pairs, total, count = ALIKE(BATCH, BATCH), 0.0, 0
    weight = pairs.score.double()
    for x in range(17):
        positive = torch.nonzero(pairs.positive[x])[:, 0].tolist()
        negative = torch.nonzero(pairs.negative[x])[:, 0].tolist()
        count += bool(positive)
        grows = [((one[x] @ one[y]) / 0.5).exp() for y in range(17)]
        against = sum((1 - weight[x, y]).clamp(2**-20, 1 - 2**-20) * grows[y] for y in negative)
        for y in positive:
            own = weight[x, y].clamp(2**-20, 1 - 2**-20) * grows[y]
            total = total - (own / (own + against)).log() / len(positive)
    total.backward()
    for block in (3, 100):
        two = BATCH.embedding.clone().requires_grad_()
        side = BATCH._replace(embedding=two)
        contrast = Contrast(ALIKE, KeepAll(), GradedNCE(0.5), block_rows=block, compile=False)
        value, counted = contrast(side, side)
        assert counted == count and value.item() == pytest.approx(total.item(), rel=1e-5)
        value.backward()
        assert torch.allclose(two.grad, one.grad, rtol=1e-4, atol=1e-6)


def test_a_negative_that_is_wholly_alike_is_not_pushed():
    similarity = torch.tensor([[0.5, 0.9, 0.1]], requires_grad=True)
    mask = torch.tensor([[True, False, False]])
    score = torch.tensor([[1.0, 1.0, 0.0]])
    total, _ = GradedNCE(0.1)(
        similarity, ALIKE(BATCH, BATCH)._replace(positive=mask, negative=~mask, score=score)
    )
    total.backward()
    assert total.item() == pytest.approx(math.log1p(math.exp(-4) + 1e-6 * math.exp(4)), abs=1e-4)
    assert abs(similarity.grad[0, 1]) < 1e-3 < abs(similarity.grad[0, 2])


def test_rows_that_are_no_moments_are_refused_in_one_line():
    with pytest.raises(InputError, match=r"needs rows that are moments .* set source=demonstrat"):
        Behaviour()(BATCH, BATCH)
