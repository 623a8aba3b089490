"""InfoNCE on distances against its formula, row by row."""

import pytest
import torch

from lightning_contrast.losses.distance_nce import DistanceNCE
from lightning_contrast.types import Pairs


@pytest.mark.parametrize("penalty", [0.0, 0.3])
def test_values_and_gradients_are_those_of_the_formula(penalty):
    torch.manual_seed(0)
    points = torch.nn.functional.normalize(torch.randn(9, 4, dtype=torch.float64), dim=1)
    kind = torch.randint(3, (4, 9))
    kind[0] = 1  # an anchor without a negative counts for nothing
    pairs = Pairs(kind == 1, kind == 2)
    cosine = (points[:4] @ points.T * 0.99).requires_grad_()
    total, weight = DistanceNCE(temperature=0.5, penalty=penalty)(cosine, pairs)
    (found,) = torch.autograd.grad(total, cosine)

    losses = []
    for row, positive, negative in zip(cosine, pairs.positive, pairs.negative, strict=True):
        logits = -(2 - 2 * row).sqrt() / 0.5
        own = []
        for place in positive.nonzero()[:, 0]:
            normaliser = (logits[place].exp() + logits[negative].exp().sum()).log()
            own.append(normaliser - logits[place] + penalty * normaliser**2)
        if own and negative.any():
            losses.append(sum(own) / len(own))
    assert weight == len(losses) == 3
    torch.testing.assert_close(total, sum(losses))
    torch.testing.assert_close(found, torch.autograd.grad(sum(losses), cosine)[0])
