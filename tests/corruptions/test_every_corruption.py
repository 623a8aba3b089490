"""Every corruption of the robustness protocol: deterministic, and worse with every severity."""

import difflib
from itertools import pairwise
from random import Random

import numpy as np
import pytest
import torch

from lightning_contrast.config.construct import construct
from lightning_contrast.corruptions.corruption import SEVERITIES, DamagedImages
from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from tests.choices import config

ALL = {
    name: construct(part) for name, part in config("protocols", "robustness")["corruptions"].items()
}
IMAGE = [name for name, corruption in ALL.items() if corruption.modality == "image"]
TEXT = [name for name, corruption in ALL.items() if corruption.modality == "text"]
SENTENCE = "Shares in the modern firm fell sharply; Irish burners climbed on (again) Monday 12."


def digits(size=28, channels=1):
    """Smooth blobs on black, as digits are."""
    random = torch.Generator().manual_seed(0)
    grid = torch.linspace(-1, 1, size)
    centre = torch.rand(24, 2, 1, generator=random) - 0.5
    rows, columns = ((grid - centre[:, axis]) ** 2 for axis in range(2))
    blob = torch.exp(-8 * (rows[:, :, None] + columns[:, None]))
    stripes = 0.5 + 0.5 * torch.sin(12 * grid)
    return (blob * stripes)[:, None].expand(-1, channels, -1, -1).clamp(0, 1).contiguous()


def test_both_modalities_have_theirs():
    assert len(IMAGE) == 13 and len(TEXT) == 8


@pytest.mark.parametrize("name", IMAGE)
def test_images_are_further_from_the_input_with_every_severity(name):
    images = digits()
    generators = [torch.Generator().manual_seed(1) for _ in SEVERITIES]
    seen = [ALL[name](images, s, g) for s, g in zip(SEVERITIES, generators, strict=True)]
    distance = [(image - images).square().mean().item() for image in seen]
    assert distance[0] > 0 and distance == sorted(set(distance))
    for image in seen:
        assert image.shape == images.shape and image.dtype == images.dtype
        assert image.min() >= 0 and image.max() <= 1


@pytest.mark.parametrize("name", IMAGE)
@pytest.mark.parametrize("size", [8, 33])
def test_images_of_any_size_and_colour_are_damaged_alike_by_the_same_seed(name, size):
    images = digits(size, channels=3)
    once, again = (ALL[name](images, 3, torch.Generator().manual_seed(5)) for _ in range(2))
    assert once.shape == images.shape and torch.equal(once, again)
    assert torch.equal(images, digits(size, channels=3)), "the input was written into"


def edits(text: str) -> float:
    """How much of the words differs, by letters."""
    return 1 - difflib.SequenceMatcher(None, SENTENCE, text, autojunk=False).ratio()


@pytest.mark.parametrize("name", TEXT)
def test_texts_are_further_from_the_input_with_every_severity(name):
    mean = [
        np.mean([edits(ALL[name](SENTENCE, s, Random(seed))) for seed in range(60)])
        for s in SEVERITIES
    ]
    assert mean[0] > 0 and mean == sorted(set(mean))


@pytest.mark.parametrize("name", [n for n in TEXT if n not in ("word_order", "truncation")])
def test_a_higher_severity_changes_the_same_words_and_more(name):
    words = SENTENCE.split()
    for seed in range(10):
        seen = [ALL[name](SENTENCE, s, Random(seed)).split() for s in SEVERITIES]
        kept = [{w for w in words if w in part} for part in seen]
        assert all(more <= less for less, more in pairwise(kept))


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("text", ["word", "a", "今日は晴れ", " two\nwords "])
def test_no_text_is_emptied_and_the_same_seed_damages_alike(name, text):
    for severity in SEVERITIES:
        once = ALL[name](text, severity, Random(3))
        assert once.strip() and once == ALL[name](text, severity, Random(3))


def test_damage_depends_on_the_seed_and_the_row_and_not_on_what_else_is_asked_for():
    images = InMemoryImages((digits() * 255).byte())
    one = DamagedImages(images, ALL["gaussian_noise"], 3, seed=0)
    rows = np.arange(8)
    assert torch.equal(one[rows], one[rows])
    other = DamagedImages(images, ALL["gaussian_noise"], 3, seed=1)
    assert not torch.equal(one[rows], other[rows])
    texts = [f"{SENTENCE} {i}" for i in range(6)]
    whole, numbers = ALL["typos"].damaged(texts, np.arange(6), 5, 0)
    assert numbers.tolist() == [0, 1, 2, 3, 4, 5] and len(set(whole)) == 6
    assert ALL["typos"].damaged(texts, np.array([4]), 5, 0)[0] == [whole[4]]


def test_levels_are_five():
    with pytest.raises(InputError, match="Rotation needs 5 levels"):
        type(ALL["rotation"])(levels=[1, 2])
