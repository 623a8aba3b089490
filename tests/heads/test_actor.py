"""The actor's density against torch.distributions, and what has a gradient."""

import pytest
import torch
from torch.distributions import Normal, TanhTransform, TransformedDistribution

from lightning_contrast.heads.actor import Actor


def test_the_density_is_that_of_a_pressed_normal_distribution():
    torch.manual_seed(0)
    actor = Actor(observation=3, goal=2, classes=2, hidden=(8,)).double()
    features = 2 * torch.randn(50, 5, dtype=torch.float64)
    mean, deviation = actor.normal(features)
    known = TransformedDistribution(Normal(mean, deviation), TanhTransform())
    action, density = actor.drawn(features)
    inside = action.abs().max() < 1 - 1e-9  # beyond it the other one is not finite
    assert inside and action.std() > 0.1
    torch.testing.assert_close(density, known.log_prob(action).sum(1), atol=1e-6, rtol=1e-6)
    total, count = actor.loss(features, action.detach().clamp(-0.999, 0.999))
    expected = known.log_prob(action.detach().clamp(-0.999, 0.999)).sum()
    assert count == 50
    torch.testing.assert_close(total, -expected, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(actor(features), mean.tanh())


@pytest.mark.parametrize("edge", [1.0, -1.0])
def test_far_numbers_and_actions_at_the_bound_have_a_finite_density(edge):
    actor = Actor(observation=1, goal=1, classes=2, hidden=(4,))
    torch.nn.init.constant_(actor.layers[-1].bias, 50.0 * edge)
    features = torch.zeros(3, 2)
    total, _ = actor.loss(features, torch.full((3, 2), edge))
    action, density = actor.drawn(features)
    (total + density.sum() + action.sum()).backward()
    assert total.isfinite() and density.isfinite().all()
    assert all(p.grad.isfinite().all() for p in actor.parameters())
