"""Dense encoders: a vector for each place, whose mean is what they give otherwise."""

import pytest
import torch

from lightning_contrast.config.construct import construct
from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.encoders.towers import Towers
from lightning_contrast.errors import InputError
from lightning_contrast.modules.by_length import by_length
from lightning_contrast.modules.reading import of_rows
from tests.choices import config, names
from tests.told import GPT, READS, TEXTS, TINY, WORDS, towers

DENSE = [
    name
    for name in names("encoder")
    if "dense" in config("encoder", name) and name != "timm"  # see test_timm
]
IMAGES = ("convnet", "resnet")


def both(name, **more):
    """The encoder of a choice, dense and not, with the same weights."""
    values = {**config("encoder", name), **more}
    told = {"channels": 3, "image_size": 16} if name in IMAGES else dict(READS)
    if name == "pretrained":
        values["config"] = TINY
    if name == "pretrained_causal":
        values |= {"config": GPT, "name_or_path": "tiny"}
    made = []
    for dense in (True, False):
        torch.manual_seed(0)
        made.append(construct({**values, "dense": dense}, **told).eval())
    return made


@pytest.mark.parametrize("name", DENSE)
def test_the_mean_of_the_places_is_the_vector_of_the_row(name):
    dense, plain = both(name)
    inputs = torch.rand(3, 3, 16, 16) if name in IMAGES else WORDS.batch(TEXTS)
    with torch.no_grad():
        places, rows = dense(inputs), plain(inputs)
    assert places.ndim == 3 and places.shape[2] == dense.out_features
    torch.testing.assert_close(of_rows(places), rows, rtol=1e-4, atol=1e-5)
    if name not in IMAGES:
        assert places.shape[:2] == inputs["input_ids"].shape
        assert not places[inputs["attention_mask"] == 0].any()


@pytest.mark.parametrize("name", [name for name in DENSE if name not in IMAGES])
def test_padding_changes_no_vector_of_a_text(name):
    dense, _ = both(name)
    inputs = WORDS.batch(TEXTS)
    with torch.no_grad():
        whole = dense(inputs)
        by_chunks = by_length(dense, inputs)
        alone = dense(WORDS.batch(TEXTS[3:4]))
    torch.testing.assert_close(by_chunks, whole, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(alone[0], whole[3, : alone.shape[1]], rtol=1e-4, atol=1e-5)


def test_what_can_not_be_dense_says_so():
    with pytest.raises(InputError, match=r"set encoder.words=false"):
        both("pretrained", words=True)
    parts = towers()
    parts["image"].dense = True
    with pytest.raises(InputError, match=r"set encoder.towers.image.dense=false"):
        Towers(parts, width=8)


def test_a_mirrored_grid_is_the_grid_of_the_mirror_image():
    torch.manual_seed(0)
    encoder = ConvNet(1, 16, widths=(4, 8), mirror=True, dense=True).eval()
    image = torch.rand(1, 1, 16, 16)
    with torch.no_grad():
        grid = encoder(image).view(1, 8, 8, 8)
        torch.testing.assert_close(encoder(image.flip(-1)).view(1, 8, 8, 8), grid.flip(2))
