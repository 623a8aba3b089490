"""Random views of a batch of images."""

import pytest
import torch
from torch import Tensor, nn

from lightning_contrast.errors import InputError
from lightning_contrast.views.image import ImageView
from tests.choices import build, config, names

PRESETS = [name for name in names("view") if ".views.image." in str(config("view", name))]
PRESETS.remove("by_modality")
PRESETS += ["rand_augment"]


def preset(name: str) -> nn.Module:
    return build("view", name)


def seen_through(name: str, images: Tensor) -> Tensor:
    """One image in four is an anchor, as far as the preset asks: all its kinds of crops occur."""
    view = preset(name)
    if not getattr(view, "sees_parts", False):
        return view(images)
    view.crops, rows = 4, len(images)
    return view(images, (rows // 4, rows - rows // 4, 0))


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def test_the_presets_are_found() -> None:
    assert {"weak", "strong", "moco_v2", "multi_crop", "rand_augment"} <= set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(8, 8), (28, 20), (224, 224)], ids=str)
def test_presets_keep_shape_and_range(name: str, channels: int, size: tuple[int, int]) -> None:
    images = torch.rand(4, channels, *size)
    kept = images.clone()
    seen = seen_through(name, images)
    assert seen.shape == images.shape
    assert seen.min() >= 0
    assert seen.max() <= 1
    assert torch.equal(images, kept), "the view changed its input"


@pytest.mark.parametrize("name", PRESETS)
def test_the_seed_of_torch_decides(name: str) -> None:
    images = torch.rand(8, 3, 16, 16)
    first, other = (torch.manual_seed(1), seen_through(name, images))[1], seen_through(name, images)
    again = (torch.manual_seed(1), seen_through(name, images))[1]
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("name", PRESETS)
def test_two_rows_of_one_image_are_seen_differently(name: str) -> None:
    seen = seen_through(name, torch.rand(1, 3, 32, 32).expand(16, -1, -1, -1))
    gaps = torch.cdist(seen.flatten(1), seen.flatten(1))[~torch.eye(16, dtype=torch.bool)]
    # The weak preset has few outcomes; the others have no two alike.
    assert (gaps > 1e-3).float().mean() > (0.8 if name == "weak" else 0.99)


@pytest.mark.parametrize("name", PRESETS)
def test_a_batch_of_one_or_of_bytes_is_seen_and_gradients_stop_at_rand_augment(name: str) -> None:
    one = torch.randint(0, 256, (1, 1, 12, 12), dtype=torch.uint8)
    seen = preset(name)(one)
    assert seen.dtype == torch.float32
    assert 0 < seen.max() <= 1
    leaf = torch.rand(4, 1, 12, 12, requires_grad=True)
    assert seen_through(name, leaf).requires_grad == (name != "rand_augment")


@pytest.mark.parametrize(
    "arguments",
    [
        {"flip": 0, "crop_scale": (0.3, 0.9)},
        {"flip": 0, "rotate": 20},
        {"flip": 0, "shear": 0.3},
        {"flip": 0, "translate": 0.3},
        {"flip": 0, "jitter": 1, "brightness": 0.5},
        {"flip": 0, "jitter": 1, "contrast": 0.5},
        {"flip": 0, "jitter": 1, "saturation": 0.5},
        {"flip": 0, "jitter": 1, "hue": 0.2},
        {"flip": 0, "blur_sigma": (0.02, 0.05), "blur": 1},
        {"flip": 0, "erase": 1},
    ],
    ids=lambda arguments: list(arguments)[-1],
)
def test_each_sample_has_its_own_parameters(arguments: dict) -> None:
    image = torch.rand(1, 3, 32, 32)
    seen = ImageView(**arguments)(image.expand(6, -1, -1, -1))
    assert all((row - image[0]).abs().max() > 1e-3 for row in seen)
    assert all((row - seen[0]).abs().max() > 1e-3 for row in seen[1:])


def test_with_all_off_the_images_come_back() -> None:
    images = torch.rand(4, 3, 9, 12)
    torch.testing.assert_close(ImageView(flip=0)(images), images)


def test_a_certain_flip_mirrors_left_and_right() -> None:
    images = torch.rand(4, 1, 8, 10)
    torch.testing.assert_close(ImageView(flip=1)(images), images.flip(-1))


def test_half_the_images_flip() -> None:
    images = torch.rand(1, 1, 4, 4).expand(2000, -1, -1, -1)
    flipped = (ImageView(flip=0.5)(images) - images).abs().amax((1, 2, 3)) > 1e-3
    assert 0.45 < flipped.float().mean() < 0.55


def test_a_shift_is_of_whole_pixels_and_bounded() -> None:
    image = torch.zeros(1, 1, 20, 20)
    image[..., 10, 10] = 1
    seen = ImageView(flip=0, translate=0.1)(image.expand(200, -1, -1, -1))
    at = seen.flatten(1).argmax(1)
    torch.testing.assert_close(seen.flatten(1).amax(1), torch.ones(200))
    rows, columns = at // 20 - 10, at % 20 - 10
    assert set(rows.tolist()) == set(columns.tolist()) == {-2, -1, 0, 1, 2}


def test_a_turn_keeps_lengths_on_images_that_are_not_square() -> None:
    image = torch.zeros(1, 1, 40, 80)
    image[..., 20, 30:50] = 1
    seen = ImageView(flip=0, rotate=90)(image.expand(50, -1, -1, -1))
    assert seen.sum((1, 2, 3)) == pytest.approx(torch.full((50,), 20.0), abs=1.0)


def test_a_crop_stays_inside_the_image() -> None:
    seen = ImageView(crop_scale=(0.2, 1.0), crop_ratio=(0.75, 1.33))(torch.ones(64, 1, 28, 28))
    torch.testing.assert_close(seen, torch.ones_like(seen))


def test_one_channel_is_never_coloured_and_three_can_go_gray() -> None:
    images = torch.rand(8, 3, 8, 8)
    gray = ImageView(flip=0, grayscale=1)(images)
    torch.testing.assert_close(gray[:, 0], gray[:, 2])
    lone = images[:, :1]
    colourless = ImageView(flip=0, grayscale=1, jitter=1, saturation=1, hue=0.5)
    torch.testing.assert_close(colourless(lone), lone)


def test_erasing_puts_the_mean_into_one_rectangle() -> None:
    images = torch.rand(32, 3, 20, 20)
    seen = ImageView(flip=0, erase=1, erase_scale=(0.1, 0.2))(images)
    changed = (seen - images).abs().amax(1) > 1e-6
    area = changed.flatten(1).float().mean(1)
    assert area.min() > 0.05
    assert area.max() < 0.25
    mean = images.mean((2, 3))[:, :, None, None].expand_as(seen)
    inside = changed[:, None].expand_as(seen)
    torch.testing.assert_close(seen[inside], mean[inside])


def test_bytes_become_fractions() -> None:
    images = torch.randint(0, 256, (2, 1, 8, 8), dtype=torch.uint8)
    torch.testing.assert_close(ImageView(flip=0)(images), images.float() / 255)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"crop_scale": (0.9, 0.5)}, r"view\.crop_scale must be two numbers.*\[0\.9, 0\.5\]"),
        ({"crop_scale": (0.5, 1.5)}, r"view\.crop_scale must be two numbers"),
        (
            {"padding": "mirror"},
            r"padding must be .* got 'mirror': set view\.padding=border",
        ),
    ],
)
def test_an_impossible_range_is_refused_in_one_line(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        ImageView(**arguments)
    assert "\n" not in str(error.value)


SLOPES = [name for name in PRESETS if preset(name).has_slopes]


def test_the_views_of_a_generator_are_found() -> None:
    assert {"weak", "strong", "moco_v2"} <= set(SLOPES) and "rand_augment" not in SLOPES


@pytest.mark.parametrize("name", SLOPES)
def test_a_gradient_passes_through_a_view_that_says_so(name: str) -> None:
    view, images = preset(name), 0.3 + 0.4 * torch.rand(4, 1, 12, 12)  # far from 0 and 1
    direction = torch.rand(4, 1, 12, 12)

    def seen(shifted: Tensor) -> Tensor:
        torch.manual_seed(0)
        return (view(shifted) * direction).sum()

    leaf = images.clone().requires_grad_()
    seen(leaf).backward()
    assert leaf.grad is not None
    step = 0.02
    by_differences = (seen(images + step * direction) - seen(images - step * direction)) / 2 / step
    torch.testing.assert_close((leaf.grad * direction).sum(), by_differences, rtol=0.02, atol=0)
