"""Images that are too large, and arrays that can be no images."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.commands.embed import main as embed
from lightning_contrast.commands.predict import main as predict
from lightning_contrast.commands.search import main as search
from lightning_contrast.errors import InputError
from tests.inference.commands import called


@pytest.mark.parametrize(
    ("main", "output"), [(predict, "a.jsonl"), (embed, "a.npy"), (search, "a.jsonl")]
)
def test_an_image_above_max_pixels_is_a_bad_row(main, output, digits_run, tmp_path, capsys):
    (tmp_path / "images").mkdir()
    for name, side in (("1", 8), ("2", 30)):
        Image.new("L", (side, side)).save(tmp_path / f"images/{name}.png")
    words = (f"checkpoint={digits_run}/checkpoints/best.ckpt", f"input={tmp_path}/images", "-q")
    words += (f"output={tmp_path}/{output}",)
    assert called(main, *words) == 0
    assert called(main, *words, "max_pixels=100") == 3
    told = capsys.readouterr().err
    assert "2.png has 900 pixels, and at most 100 are decoded: make it smaller, or set max" in told
    if output.endswith("jsonl"):
        lines = (tmp_path / output).read_text().splitlines()
        assert [json.loads(line)["row"] for line in lines] == [1]
    assert called(main, *words, "max_pixels=0") == 2
    assert "max_pixels must be from 1 to 178956970" in capsys.readouterr().err


def test_a_limit_of_images_is_refused_for_texts(bbc_run, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("a text")
    words = (f"checkpoint={bbc_run}/checkpoints/best.ckpt", f"input={tmp_path}/a.txt")
    assert called(predict, *words, f"output={tmp_path}/a.csv", "max_pixels=100") == 2
    assert "max_pixels is for images, and the checkpoint reads text" in capsys.readouterr().err


@pytest.mark.parametrize(
    "image",
    [
        np.full((8, 8), 255.0),
        np.full((8, 8), -1, np.float32),
        np.full((8, 8), np.nan),
        np.full((8, 8), 300, np.uint16),
        torch.full((1, 8, 8), 200),
    ],
)
def test_values_that_no_image_has_are_refused_with_the_row(digits, image):
    with pytest.raises(InputError, match=r"image 1 has values from .*: give uint8 from 0 to 255"):
        digits.predict([np.zeros((8, 8)), image])
    assert digits.predict([np.ones((8, 8)), np.full((8, 8), 255, np.uint8)])
