"""ResNet 18, 34 and 50."""

import pytest
import torch
from torch import nn

from lightning_contrast.encoders.resnet import ResNet


@pytest.mark.parametrize(
    ("depth", "millions", "out_features"), [(18, 11.18, 512), (34, 21.28, 512), (50, 23.51, 2048)]
)
def test_the_large_stem_has_the_published_number_of_parameters(
    depth: int, millions: float, out_features: int
) -> None:
    encoder = ResNet(channels=3, image_size=224, depth=depth)
    count = sum(weight.numel() for weight in encoder.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.005)
    assert encoder.out_features == out_features


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize(("channels", "image_size"), [(1, 8), (3, 32)])
def test_features_of_small_images(depth: int, channels: int, image_size: int) -> None:
    encoder = ResNet(channels, image_size, depth)
    features = encoder(torch.rand(2, channels, image_size, image_size))
    assert features.shape == (2, encoder.out_features)
    assert features.isfinite().all()


@pytest.mark.parametrize(
    ("image_size", "small_stem", "last"),
    [(32, None, 4), (96, None, 3), (64, False, 2), (96, True, 12)],
)
def test_the_small_stem_keeps_the_resolution(
    image_size: int, small_stem: bool | None, last: int
) -> None:
    encoder = ResNet(1, image_size, small_stem=small_stem).eval()
    with torch.no_grad():
        assert encoder.layers(torch.rand(1, 1, image_size, image_size)).shape[-1] == last


def test_every_block_starts_as_its_skip() -> None:
    body = ResNet(1, 28).layers[2].body
    assert isinstance(body[-1][1], nn.BatchNorm2d)
    assert not body[-1][1].weight.any()
