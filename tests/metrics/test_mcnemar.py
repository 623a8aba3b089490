"""McNemar's exact test."""

import pytest
import torch

from lightning_contrast.metrics.mcnemar import mcnemar


@pytest.mark.parametrize(("first", "second"), [(3, 9), (0, 0), (1, 0), (20, 20)])
def test_mcnemar_is_the_chance_of_as_uneven_a_split(first, second):
    rows = first + second
    coins = torch.distributions.Binomial(rows, 0.5).log_prob(torch.arange(rows + 1.0).double())
    coins = coins.exp()
    expected = coins[coins <= coins[first] * (1 + 1e-6)].sum().item()
    assert mcnemar(first, second) == pytest.approx(expected, abs=1e-5)
