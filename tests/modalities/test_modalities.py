"""Each modality shows, takes and reads its rows; the name of another one is refused."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.data.image_reader import ImageReader
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.modalities import modality_of
from lightning_contrast.modalities.image import pixels

TEXTS = ["one  two\nthree", "four", "five " * 100]


def images(n=5, channels=3):
    generator = torch.Generator().manual_seed(0)
    shape = (n, channels, 9, 12)
    return InMemoryImages(torch.randint(256, shape, dtype=torch.uint8, generator=generator))


def test_another_modality_is_refused_by_name():
    with pytest.raises(InputError, match="modality must be one of text, image, mixed, got 'audio'"):
        modality_of("audio")


def test_a_text_is_shown_on_one_line_and_cut():
    text = modality_of("text")
    assert text.show(TEXTS, 0) == "one two three"
    assert text.show(TEXTS, 2, limit=11) == "five five …"


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGB")])
def test_an_image_is_shown_as_its_own_pixels_in_a_png(channels, mode):
    raw = images(channels=channels)
    address = modality_of("image").show(raw, 2).address
    png = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    shown = Image.open(io.BytesIO(png))
    assert shown.mode == mode and np.array_equal(np.asarray(shown), pixels(raw, 2))


def test_a_large_image_is_shown_small():
    large = InMemoryImages(torch.zeros(1, 1, 300, 200, dtype=torch.uint8))
    address = modality_of("image").show(large, 0).address
    png = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert Image.open(io.BytesIO(png)).size == (64, 96)


def test_rows_are_taken_in_the_order_asked_for():
    rows = np.array([2, 0])
    assert modality_of("text").take(TEXTS, rows) == [TEXTS[2], TEXTS[0]]
    taken = modality_of("image").take(images(), rows)
    assert torch.equal(torch.stack(taken), images()[rows])


def test_texts_on_disk_are_taken_like_those_in_memory():
    import datasets

    from lightning_contrast.rows.disk_texts import DiskTexts

    disk = DiskTexts(datasets.Dataset.from_dict({"text": TEXTS}), "text")
    rows = np.array([2, 0])
    assert modality_of("text").take(disk, rows) == modality_of("text").take(TEXTS, rows)


def test_inputs_are_those_of_the_preprocess():
    tokenizer = Tokenizer.train(["one two three four"])
    inputs = modality_of("text").inputs(TEXTS, np.array([1]), tokenizer)
    assert inputs["input_ids"].tolist() == tokenizer.batch(["four"])["input_ids"].tolist()


def test_images_of_the_right_shape_stay_bytes_and_others_are_fitted():
    rows, image = np.array([1, 3]), modality_of("image")
    own = ImageReader((9, 12), 3, [0.5] * 3, [0.5] * 3)
    assert torch.equal(image.inputs(images(), rows, own), images()[rows])
    other = ImageReader((8, 8), 1, [0.5], [0.5])
    assert image.inputs(images(), rows, other).shape == (2, 1, 8, 8)


def test_only_images_can_be_drawn_and_only_they_go_by_their_path():
    raw = images()
    assert modality_of("image").images(raw) is raw and modality_of("text").images(TEXTS) is None
    assert modality_of("image").id_of("a.png") == "a.png" and modality_of("text").id_of("a") is None
