"""Images of every mode of Pillow keep the brightness that they show."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageMode

from lightning_contrast.errors import InputError
from lightning_contrast.files import depth
from lightning_contrast.files.decoding import _mute_pillow, decode, fingerprint
from lightning_contrast.files.depth import as_bytes

CASES = Path(__file__).parent / "cases"


@pytest.fixture(autouse=True)
def nothing_told():
    depth._warn.cache_clear()


GREY = np.linspace(0, 255, 64).round().astype(np.uint8).reshape(8, 8)
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV")


def of_mode(mode: str) -> Image.Image:
    """The grey picture in a mode."""
    image = Image.fromarray(GREY)
    if mode in ("La", "RGBa"):
        return image.convert(mode.upper()).convert(mode)
    if mode == "LAB":
        spaces = (ImageCms.createProfile(space) for space in ("sRGB", "LAB"))
        return ImageCms.profileToProfile(image.convert("RGB"), *spaces, outputMode="LAB")
    return image.convert("RGB").convert(mode) if mode in ("HSV", "YCbCr") else image.convert(mode)


def test_no_mode_of_pillow_is_left_out() -> None:
    for mode in (*MODES, *DEEP, "LAB"):
        assert ImageMode.getmode(mode)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", [*MODES[1:], "LAB"])
def test_a_picture_is_as_bright_in_every_mode(mode: str, channels: int) -> None:
    found = decode(of_mode(mode), 8, channels).numpy().astype(int)
    assert found.shape == (channels, 8, 8)
    assert np.abs(found - GREY).max() <= (3 if mode in ("P", "LAB") else 1)


def test_black_and_white_are_black_and_white() -> None:
    assert decode(Image.fromarray(GREY > 127), 8, 1).numpy()[0].tolist() == (
        np.where(GREY > 127, 255, 0).tolist()
    )


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_files_of_any_depth_fill_the_range(bits: int, kind: str) -> None:
    deep = np.linspace(0, 2**bits - 1, 64).astype(np.uint16).reshape(8, 8)
    file = io.BytesIO()
    Image.fromarray(deep).save(file, kind)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = decode(file.getvalue(), 8, 1).numpy()[0]
    assert (found == deep >> (bits - 8)).all() and found.max() == 255
    assert [f"0 to {2**bits - 1} ({bits} bits)" in str(w.message) for w in told] == (
        [] if bits == 16 else [True]
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.float32([0, 0.25, 1]), [0, 64, 255]),
        (np.float32([-1, 0, 1]), [0, 128, 255]),
        (np.float32([0, 100.7, 255]), [0, 100, 255]),
        (np.float32([np.nan, np.inf, 0.5]), [0, 0, 128]),
        (np.int32([0, 7, 255]), [0, 7, 255]),
        (np.float32([0, 0, 0]), [0, 0, 0]),
        (np.uint16([0, 200, 200]), [0, 200, 200]),
    ],
)
def test_ranges_that_are_known_are_taken_without_a_word(values, expected) -> None:
    assert as_bytes(values).tolist() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.int32([0, 31395, 62790]), [0, 122, 245]),
        (np.int32([-1024, 0, 3071]), [0, 64, 255]),
        (np.float32([-3, 0, 3]), [0, 128, 255]),
        (np.int32([0, 2**30, 2**31 - 1]), [0, 64, 127]),
        (np.float32([0, 4095]), [0, 255]),
        (np.float32([0, 1e30]), [0, 255]),
        (np.float32([-3e38, 3e38]), [0, 255]),
    ],
)
def test_ranges_that_are_guessed_are_told_once(values, expected) -> None:
    with pytest.warns(UserWarning, match="Their range is taken to be"):
        assert as_bytes(values).tolist() == expected
    with warnings.catch_warnings(action="error"):  # this resets what Python keeps of told ones
        as_bytes(values)


@pytest.mark.parametrize("name", ["float32.tiff", "int32.tiff"])
@pytest.mark.filterwarnings("ignore:some images have more than 8 bits")
def test_scientific_pictures_are_neither_black_nor_white(name: str) -> None:
    found = decode(CASES / name, 24, 1).numpy()
    values = np.asarray(Image.open(CASES / name), dtype=float)
    assert found.min() < 5 and found.max() > 240
    assert np.corrcoef(found.ravel(), values.ravel())[0, 1] > 0.999


def test_deep_pictures_that_differ_have_other_fingerprints() -> None:
    one, other = (Image.fromarray(np.full((8, 8), v, dtype=np.float32)) for v in (0.2, 0.7))
    assert fingerprint(one) != fingerprint(other)


def test_a_palette_with_transparency_lies_on_white() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=1)
    assert decode(file.getvalue(), 8, 3).unique().tolist() == [255]


def test_a_jpeg_in_cmyk_keeps_its_colours() -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 100, 50)).convert("CMYK").save(file, "JPEG", quality=95)
    found = decode(file.getvalue(), 8, 3)[:, 4, 4].tolist()
    assert np.abs(np.subtract(found, (200, 100, 50))).max() <= 3


def test_an_animation_is_its_first_frame() -> None:
    frames = [Image.new("L", (8, 8), grey) for grey in (10, 200)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert decode(file.getvalue(), 8, 1).unique().tolist() == [10]


def png_of(width: int, height: int) -> bytes:
    """A PNG that says its size and holds next to nothing."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "pixels"),
    [((13_000, 13_000), "169,000,000"), ((20_000, 20_000), "more than 178,956,970")],
)
def test_too_many_pixels_are_one_line_and_nothing_is_decoded(size, pixels: str) -> None:
    _mute_pillow.cache_clear()  # the filters of warnings are new in each test
    with pytest.raises(InputError) as error:
        decode(png_of(*size), 8, 3)
    assert str(error.value) == (
        f"an image has {pixels} pixels, and at most 64,000,000 are decoded: make it smaller, or "
        "set source.max_pixels higher"
    )
    with pytest.raises(InputError, match=r"at most 63 are decoded"):
        decode(png_of(8, 8), 8, 3, max_pixels=63)
