"""The generator's images: their size, their class, and which sizes it makes."""

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.generators.upsampling import Upsampling


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (33, 64), (64, 64)], ids=str)
@pytest.mark.parametrize("channels", [1, 3])
def test_images_have_the_size_asked_for(size, channels):
    made = Upsampling(channels, size, classes=3, latent=8, widths=(8, 4, 4))
    images = made(torch.randn(2, 8), torch.tensor([0, 2]))
    assert images.shape == (2, channels, *size)
    assert images.min() >= 0 and images.max() <= 1


@pytest.mark.parametrize("place", ["enter", "norms"])
def test_the_class_stands_beside_the_noise_and_in_the_norms(place):
    made = Upsampling(1, (8, 8), classes=2, latent=4, widths=(4,)).eval()
    with torch.no_grad():
        made.enter.weight[:, 4:] = 0
        noise, classes = torch.randn(1, 4), (torch.tensor([0]), torch.tensor([1]))
        assert torch.equal(*(made(noise, label) for label in classes))
        if place == "enter":
            made.enter.weight[:, 4] = 0.5
        else:
            made.norms[0].offset.weight[1] = 0.5
        assert not torch.equal(*(made(noise, label) for label in classes))


@pytest.mark.parametrize("size", [(4, 4), (28, 129)], ids=str)
def test_another_size_is_refused(size):
    with pytest.raises(InputError, match="sides of 8 to 128 pixels"):
        Upsampling(1, size, classes=2)
