"""FOCAL's distance metric loss against its formula, pair by pair, of unit vectors and of others."""

import pytest
import torch

from lightning_contrast.losses.inverse_distance import InverseDistance
from lightning_contrast.types import Pairs


@pytest.mark.parametrize("length", [1.0, 3.0])
def test_values_and_gradients_are_those_of_the_formula(length):
    torch.manual_seed(0)
    points = length * torch.nn.functional.normalize(torch.randn(9, 4, dtype=torch.float64), dim=1)
    points.requires_grad_()
    kind = torch.randint(3, (4, 9))
    kind[0] = 2  # an anchor without a positive counts for nothing
    pairs = Pairs(kind == 1, kind == 2)
    square = (points[:4, None] - points[None]).square().sum(2)
    total, weight = InverseDistance(push=0.7, least=0.2)(1 - square / 2, pairs)

    losses = []
    for a in range(1, 4):
        pulled = [((points[a] - points[c]) ** 2).sum() for c in range(9) if kind[a, c] == 1]
        pushed = [
            0.7 / (((points[a] - points[c]) ** 2).sum() + 0.2) for c in range(9) if kind[a, c] == 2
        ]
        losses.append(sum(pulled) / len(pulled) + sum(pushed) / len(pushed))
    assert weight == len(losses) == 3
    torch.testing.assert_close(total, sum(losses))
    found, own = (torch.autograd.grad(value, points)[0] for value in (total, sum(losses)))
    torch.testing.assert_close(found, own)
