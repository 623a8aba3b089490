"""The small convolutional encoder."""

import pytest
import torch

from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.errors import InputError


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("image_size", [8, 28, 33, 224])
def test_features_have_the_last_width_from_8_to_224_pixels(channels: int, image_size: int) -> None:
    encoder = ConvNet(channels, image_size, widths=(8, 16, 24))
    features = encoder(torch.rand(2, channels, image_size, image_size))
    assert features.shape == (2, encoder.out_features) == (2, 24)
    assert features.isfinite().all()


def test_pooling_by_parts_keeps_where_things_are() -> None:
    encoder = ConvNet(1, 28, widths=(8, 16), pool=2).eval()
    images = torch.rand(2, 1, 28, 28)
    features = encoder(images)
    assert features.shape == (2, encoder.out_features) == (2, 64)
    assert (features - encoder(images.flip(-1))).abs().max() > 1e-4


def test_it_takes_images_that_are_not_square() -> None:
    assert ConvNet(1, 30, widths=(8, 16))(torch.rand(2, 1, 28, 30)).shape == (2, 16)


@pytest.mark.parametrize(
    ("image_size", "patch"), [(8, 1), (27, 1), (28, 2), (56, 4), (112, 8), (1024, 8)]
)
def test_the_patch_leaves_a_map_of_at_least_14(image_size: int, patch: int) -> None:
    encoder = ConvNet(1, image_size, widths=(8,))
    assert encoder.stages[0].get_submodule("0").in_channels == patch**2


def test_the_default_has_about_400k_parameters() -> None:
    count = sum(weight.numel() for weight in ConvNet(1, 28).parameters())
    assert 350_000 < count < 500_000


def test_every_weight_gets_a_gradient() -> None:
    encoder = ConvNet(3, 16, widths=(8, 16))
    encoder(torch.rand(8, 3, 16, 16)).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in encoder.parameters())


def test_a_row_s_features_do_not_depend_on_its_batch_when_evaluating() -> None:
    encoder = ConvNet(1, 28, widths=(8, 16)).eval()
    images = torch.rand(6, 1, 28, 28)
    torch.testing.assert_close(encoder(images)[2:3], encoder(images[2:3]))


def test_a_saved_encoder_gives_the_same_features() -> None:
    first, second = ConvNet(1, 28, widths=(8,)).eval(), ConvNet(1, 28, widths=(8,)).eval()
    second.load_state_dict(first.state_dict())
    images = torch.rand(2, 1, 28, 28)
    assert torch.equal(first(images), second(images))


def test_no_widths_are_refused() -> None:
    with pytest.raises(InputError, match=r"got none: set encoder\.widths="):
        ConvNet(1, 28, widths=())


def test_mirrored_features_do_not_tell_left_from_right_outside_of_training() -> None:
    torch.manual_seed(0)
    encoder = ConvNet(channels=1, image_size=28, pool=2, mirror=True).eval()
    images = torch.randn(3, 1, 28, 28)
    torch.testing.assert_close(encoder(images), encoder(images.flip(-1)))
    encoder.mirror = False
    assert not torch.allclose(encoder(images), encoder(images.flip(-1)), atol=1e-3)
    both = (encoder(images) + encoder(images.flip(-1))) / 2
    encoder.mirror = True
    torch.testing.assert_close(encoder(images), both)
    torch.manual_seed(0)
    plain = ConvNet(channels=1, image_size=28, pool=2).train()
    torch.testing.assert_close(encoder.train()(images), plain(images))
