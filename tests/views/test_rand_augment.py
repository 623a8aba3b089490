"""RandAugment's operations against PIL, and who draws what."""

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.views import _colour as colour
from lightning_contrast.views.rand_augment import COLOUR, OPERATIONS, RandAugment

WHOLE = {"crop_scale": (1.0, 1.0), "crop_ratio": (1.0, 1.0), "flip": 0.0}


def smooth(rows: int = 1, channels: int = 3, size: int = 64) -> Tensor:
    """Bytes without hard edges: a resampling of them differs little between libraries."""
    coarse = torch.rand(rows, channels, 5, 5, generator=torch.Generator().manual_seed(0))
    images = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 1)
    return (images * 200 + 20).round() / 255


def to_pil(image: Tensor) -> Image.Image:
    pixels = (image * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    return Image.fromarray(pixels)


def from_pil(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def alone(name: str, magnitude: float = 10.0, **settings: object) -> RandAugment:
    return RandAugment(1, magnitude, [name], **{**WHOLE, **settings})  # type: ignore[arg-type]


BY_PIL = {
    "autocontrast": lambda image, strength, sign: ImageOps.autocontrast(image),
    "equalize": lambda image, strength, sign: ImageOps.equalize(image),
    "solarize": lambda image, strength, sign: ImageOps.solarize(image, round(256 * (1 - strength))),
    "posterize": lambda image, strength, sign: ImageOps.posterize(image, 8 - round(4 * strength)),
    "saturation": lambda image, s, sign: ImageEnhance.Color(image).enhance(1 + 0.9 * s * sign),
    "contrast": lambda image, s, sign: ImageEnhance.Contrast(image).enhance(1 + 0.9 * s * sign),
    "brightness": lambda image, s, sign: ImageEnhance.Brightness(image).enhance(1 + 0.9 * s * sign),
    "sharpness": lambda image, s, sign: ImageEnhance.Sharpness(image).enhance(1 + 0.9 * s * sign),
}


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("name", list(COLOUR))
def test_a_change_of_values_is_that_of_pil(name: str, sign: int) -> None:
    torch.manual_seed(0)
    images, strength = torch.randint(20, 220, (3, 3, 256, 256)) / 255, 0.8
    found = COLOUR[name](images, strength, torch.full((3,), float(sign)))
    for image, one in zip(images, found, strict=True):
        expected = from_pil(BY_PIL[name](to_pil(image), strength, sign))
        assert (one - image).abs().max() > 0.02
        torch.testing.assert_close(one, expected, atol=3 / 255, rtol=0)


def test_equalizing_gives_each_value_the_share_of_pixels_below_it() -> None:
    images = torch.randint(0, 40, (2, 2, 9, 7)).float() / 255
    found = colour.equalize(images)
    for image, one in zip(images.flatten(0, 1), found.flatten(0, 1), strict=True):
        largest = (image == image.max()).sum()
        for value, new in zip(image.flatten(), one.flatten(), strict=True):
            expected = (image < value).sum() / (image.numel() - largest)
            assert new == pytest.approx(expected.item(), abs=1e-6)
    flat = torch.full((1, 1, 4, 4), 0.3)
    assert torch.equal(colour.equalize(flat), flat)
    assert torch.equal(colour.autocontrast(flat), flat)


def by_pil_transform(image: Tensor, data: tuple[float, ...]) -> Tensor:
    """PIL's affine map about the centre, bilinear, zeros outside."""
    a, b, c, d, e, f = data
    middle = image.shape[-1] / 2
    about = (a, b, c + middle - a * middle - b * middle, d, e, f + middle - d * middle - e * middle)
    size = to_pil(image).size
    pil = to_pil(image).transform(size, Image.Transform.AFFINE, about, Image.Resampling.BILINEAR)
    return from_pil(pil)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rotate", lambda s: (math.cos(s * math.pi / 6), -math.sin(s * math.pi / 6), 0,
                              math.sin(s * math.pi / 6), math.cos(s * math.pi / 6), 0)),
        ("shear_x", lambda s: (1, 0.3 * s, 0, 0, 1, 0)),
        ("shear_y", lambda s: (1, 0, 0, 0.3 * s, 1, 0)),
        ("translate_x", lambda s: (1, 0, 0.45 * s * 64, 0, 1, 0)),
        ("translate_y", lambda s: (1, 0, 0, 0, 1, 0.45 * s * 64)),
    ],
)  # fmt: skip
def test_a_move_is_that_of_pil_to_one_side_or_the_other(name: str, data) -> None:
    torch.manual_seed(0)
    image = smooth()
    seen = alone(name)(image.expand(12, -1, -1, -1))
    sides = [by_pil_transform(image[0], data(sign)) for sign in (-1, 1)]
    # Where the border enters, libraries differ by a pixel: compare all but 4 % of the pixels.
    gaps = torch.stack([(seen - side).abs().amax(1).flatten(1).quantile(0.96, 1) for side in sides])
    assert (gaps.amin(0) < 3 / 255).all()
    assert set(gaps.argmin(0).tolist()) == {0, 1}


def test_moves_of_several_draws_are_one_map_and_undo_each_other() -> None:
    torch.manual_seed(0)
    image = smooth().expand(400, -1, -1, -1)
    view = RandAugment(2, 4, ["translate_x"], **WHOLE)  # type: ignore[arg-type]
    seen = view(image)
    back = (seen - image).abs().amax((1, 2, 3)) < 1e-4  # a shift and its opposite, loss-free
    assert 0.4 < back.float().mean() < 0.6
    wide = torch.rand(2, 1, 12, 40)
    torch.testing.assert_close(alone("identity")(wide), wide)


def test_a_turn_keeps_lengths_on_images_that_are_not_square() -> None:
    image = torch.zeros(1, 1, 40, 80)
    image[..., 20, 30:50] = 1
    seen = alone("rotate")(image.expand(8, -1, -1, -1))
    assert seen.sum((1, 2, 3)) == pytest.approx(torch.full((8,), 20.0), abs=1.0)


@pytest.mark.parametrize("rows", [1, 5, 14, 100])
def test_every_row_draws_each_operation_as_often(rows: int) -> None:
    torch.manual_seed(0)
    names = ["identity", "solarize", "brightness"]
    view = RandAugment(1, 10, names, **WHOLE)  # type: ignore[arg-type]
    images = torch.full((rows, 1, 4, 4), 0.4)
    counts, draws = torch.zeros(3, rows), 600
    for _ in range(draws):
        value = view(images)[:, 0, 0, 0]
        same, inverted = (value - 0.4).abs() < 1e-4, (value - 0.6).abs() < 1e-4
        counts += torch.stack((same, inverted, ~same & ~inverted)).float()
        drawn = torch.stack((same, inverted)).sum(1)
        assert (drawn - rows / 3).abs().max() < 1  # shares of a batch differ by one row at most
    assert (counts / draws - 1 / 3).abs().max() < 5 * math.sqrt(2 / 9 / draws)


def test_images_without_colour_leave_saturation_out() -> None:
    images = torch.rand(4, 1, 6, 6)
    torch.testing.assert_close(alone("saturation")(images), images)


def test_of_magnitude_0_only_what_has_none_changes_the_image() -> None:
    torch.manual_seed(0)
    calm = [name for name in OPERATIONS if name not in ("autocontrast", "equalize")]
    images = smooth(20)
    torch.testing.assert_close(
        RandAugment(3, 0, calm, **WHOLE)(images),  # type: ignore[arg-type]
        images,
        atol=1e-5,
        rtol=0,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"operations": ["rotate", "twist"]}, r"view\.operations .* got twist"),
        ({"operations": []}, r"view\.operations .* got none"),
        (
            {"padding": "mirror"},
            r"padding must be .* got 'mirror': set view\.padding=zeros",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        RandAugment(**arguments)
    assert "\n" not in str(error.value)
