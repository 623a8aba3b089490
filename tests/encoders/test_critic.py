"""The discriminator's encoder: its slopes are bounded."""

import torch

from lightning_contrast.encoders.critic import Critic


def test_each_convolution_has_a_largest_singular_value_of_one():
    torch.manual_seed(0)
    critic = Critic(channels=1, widths=(6, 8))
    for _ in range(50):  # each pass refines the estimate
        critic(torch.rand(2, 1, 12, 12))
    for stage in critic.stages:
        values = torch.linalg.svdvals(stage.weight.detach().flatten(1))
        assert abs(values[0] - 1) < 1e-3


def test_features_are_sums_over_the_parts_of_the_map():
    critic = Critic(channels=1, widths=(4,), pool=2).eval()
    images = torch.rand(3, 1, 8, 8)
    maps = torch.nn.functional.leaky_relu(critic.stages[0](images), 0.1)
    expected = maps.unflatten(3, (2, 2)).unflatten(2, (2, 2)).sum((3, 5)).flatten(1)
    torch.testing.assert_close(critic(images), expected)


def test_small_images_go_through_many_stages():
    assert Critic(channels=3, widths=(4, 4, 4, 4, 4))(torch.rand(2, 3, 8, 9)).isfinite().all()
