"""N-pair loss: on unit rows, a choice of InfoNCE."""

import torch

from lightning_contrast.types import Pairs
from tests.choices import build
from tests.losses.compare import value_and_gradient


def test_value_and_gradient_are_those_of_pytorch_metric_learning_with_two_rows_a_class():
    from pytorch_metric_learning.losses import NPairsLoss

    label = [0, 1, 2, 3, 0, 1, 2, 3]
    own = torch.eye(4, dtype=torch.bool)

    def ours(x):
        # theirs scores the first row of a class against the second rows of all classes
        total, weight = build("loss", "n_pairs")(x[:4] @ x[4:].T, Pairs(own, ~own))
        return total / weight

    expected = value_and_gradient(lambda x: NPairsLoss()(x, torch.tensor(label)), label)
    torch.testing.assert_close(value_and_gradient(ours, label), expected, rtol=1e-6, atol=1e-6)
