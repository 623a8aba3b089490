"""What decoding does to colours, sides and orientation, and that content makes the fingerprint."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.errors import InputError
from lightning_contrast.files import images as files_images
from lightning_contrast.files.decoding import MAX_PIXELS, decode, fingerprint
from lightning_contrast.files.images import ImageFiles, InMemoryImages, JoinedImages


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(width: int = 40, height: int = 20) -> Image.Image:
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def test_the_centre_is_cut_and_not_squeezed() -> None:
    wide = Image.new("RGB", (60, 20), "red")
    wide.paste("blue", (20, 0, 40, 20))
    blue = torch.tensor([0, 0, 255], dtype=torch.uint8)
    inner = decode(wide, 20, 3)[:, :, 3:-3]  # the edges blend
    assert (inner == blue.view(3, 1, 1)).all()


def test_height_and_width_may_differ() -> None:
    image = decode(halves(80, 20), (4, 16), 3)
    assert image.shape == (3, 4, 16)
    assert (image[0, :, :6] == 255).all()
    assert (image[2, :, -6:] == 255).all()


def test_a_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    turned = decode(encoded(halves(20, 20), exif=exif), 20, 3)
    assert turned[0, 0, 10] == 255
    assert turned[2, 19, 10] == 255


def test_sixteen_bits_and_transparency_are_shown_as_a_viewer_shows_them() -> None:
    deep = Image.fromarray(np.full((8, 8), 40000, dtype=np.uint16))
    assert decode(encoded(deep), 8, 1).unique().tolist() == [40000 >> 8]
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert decode(encoded(clear), 8, 3).unique().tolist() == [255]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_format_gives_the_shape_asked_for(kind: str, channels: int) -> None:
    images = ImageFiles([encoded(halves(), kind)] * 3, size=12, channels=channels)
    batch = images[np.array([2, 0])]
    assert batch.shape == (2, channels, 12, 12)
    assert batch.dtype == torch.uint8


def test_the_fingerprint_is_of_the_content_not_of_the_file() -> None:
    image = halves()
    assert fingerprint(encoded(image)) == fingerprint(encoded(image, "BMP"))
    assert fingerprint(image) != fingerprint(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    small, large = (ImageFiles([encoded(image)], size=size, channels=1) for size in (8, 64))
    assert small.fingerprints().tolist() == large.fingerprints().tolist()


def test_the_fingerprint_of_pixels_tells_one_pixel_apart() -> None:
    pixels = torch.zeros(3, 1, 8, 8, dtype=torch.uint8)
    pixels[1, 0, 3, 3] = 1
    keys = InMemoryImages(pixels).fingerprints()
    assert keys[0] == keys[2] != keys[1]


def test_an_image_that_does_not_decode_is_named(tmp_path: Path) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(encoded(Image.effect_noise((64, 64), 50), "JPEG")[:-500])
    with pytest.raises(InputError, match=r"cut\.jpg is not an image that Pillow can decode \(.*tr"):
        decode(cut, 8, 3)


def test_images_in_memory_must_be_bytes() -> None:
    with pytest.raises(InputError, match=r"must be uint8 .* got float32 \(2, 8, 8\)"):
        InMemoryImages(torch.zeros(2, 8, 8))


def test_small_images_are_decoded_once_and_large_ones_each_time(monkeypatch) -> None:
    asked = []

    class Files(list):
        def __getitem__(self, row):
            asked.append(row)
            return super().__getitem__(row)

    files = Files(encoded(Image.new("L", (8, 8), shade)) for shade in (10, 20, 30))
    held = ImageFiles(files, size=8, channels=1)
    rows = np.array([2, 0, 2])
    for _ in range(2):
        assert held[rows][:, 0, 0, 0].tolist() == [30, 10, 30]
    assert sorted(asked) == [0, 2]
    monkeypatch.setattr(files_images, "HELD", 3 * 64 - 1)
    asked.clear()
    large = ImageFiles(files, size=8, channels=1)
    assert (large[rows] == held[rows]).all() and asked == [2, 0, 2]


def test_joined_images_have_the_largest_limit_of_their_files() -> None:
    file = encoded(halves(8, 8))
    made = InMemoryImages(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    few, many = (ImageFiles([file], 8, 3, max_pixels=limit) for limit in (100, 200))
    assert JoinedImages([made, few, JoinedImages([few, many])]).max_pixels == 200
    assert JoinedImages([made, made]).max_pixels == MAX_PIXELS
