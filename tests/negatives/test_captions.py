"""Wrong captions: those of near pictures, and own ones with words swapped."""

from functools import partial

import numpy as np
import pytest
import torch

from lightning_contrast.batch import rows_of
from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.data.mixed import MixedDataModule
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.clip import Clip
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.negatives.near_captions import NearCaptionNegatives
from lightning_contrast.negatives.swapped_captions import SwappedCaptionNegatives
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.positives.paired import PairedPositives
from lightning_contrast.rows.partners import Partners
from lightning_contrast.sources.captioned import CaptionedImages
from lightning_contrast.types import Embedded
from tests.made_captions import write_captions
from tests.runs import composed

PARTNERS = Partners(np.array([10, 11, 12]), *np.array([[0, 0, 2], [0, 2, 2], [2, 0, 1]]))


@pytest.mark.parametrize("text", ["a red fox on a big rock", "one: two, three!", "the on the of"])
def test_two_different_words_change_places_and_nothing_else(text):
    made = {
        SwappedCaptionNegatives(PARTNERS).write(text, np.random.default_rng(seed))
        for seed in range(20)
    }
    assert (text not in made and len(made) > 1) or text == "the on the of"
    for each in made:
        differ = [a != b for a, b in zip(text.split(), each.split(), strict=True)]
        assert sum(differ) == 2
        assert sorted(each.replace(",", "").replace(":", "").replace("!", "").split()) == sorted(
            text.replace(",", "").replace(":", "").replace("!", "").split()
        )
    if "fox" in text:
        assert all(each[:2] == "a " and " on a " in each for each in made)


def test_a_caption_of_one_word_stays_as_it_is():
    write = SwappedCaptionNegatives(PARTNERS).write
    assert write("Cat cat", np.random.default_rng(0)) == "Cat cat"


def test_captions_of_the_nearest_rows_of_another_identity_are_drawn():
    partners = Partners(np.arange(4) + 4, np.arange(4), np.arange(4), np.ones(4, dtype=np.int64))
    near = NearCaptionNegatives(partners, np.array([0, 0, 2, 3]), last=1, max_similarity=None)
    angle = torch.tensor([0.0, 0.1, 0.5, 1.5])
    rows = torch.stack([angle.cos(), angle.sin()], 1)
    near.refresh(Embedded(rows, rows, rows, torch.zeros(4), torch.arange(4)), epoch=1)
    assert near(np.arange(4), np.random.default_rng(0))[:, 0].tolist() == [6, 6, 5, 6]


def test_without_captions_the_line_says_what_to_set():
    for made in (SwappedCaptionNegatives, partial(NearCaptionNegatives, identity=np.arange(2))):
        with pytest.raises(InputError, match="set negatives=in_batch"):
            made(None)


@pytest.fixture(scope="module")
def captions(tmp_path_factory) -> str:
    return str(write_captions(tmp_path_factory.mktemp("captions"), rows=40))


def test_a_batch_holds_new_texts_and_its_loss_is_that_of_negclip(captions):
    source = CaptionedImages(captions, caption_columns=["title"], identity_column="id", size=16)
    data = MixedDataModule(
        source,
        positives=PairedPositives,
        negatives=partial(SwappedCaptionNegatives, k=2),
        batch_size=6,
    )
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert len(batch.inputs) == 6 * 4 and batch.inputs.rows["text"].tolist() == [*range(6, 24)]
    tokens = batch.inputs.parts["text"]["input_ids"]
    own = tokens[:6].repeat_interleave(2, 0)
    assert torch.equal(tokens[6:].sort(1).values, own.sort(1).values)
    assert ((tokens[6:] != own).sum(1) == 2).all()
    assert set(batch.negative.index.flatten().tolist()) == {-1}
    torch.manual_seed(0)
    rows = rows_of(batch, torch.randn(24, 8, dtype=torch.float64))
    contrast = Contrast(Instance(True, one_sided=True), KeepAll(), Clip(0.1))
    anchors = rows._replace(**{name: getattr(rows, name)[:12] for name in rows._fields})
    total, weight = contrast(anchors, rows)
    logits = rows.embedding[:6] @ rows.embedding[6:].T / 0.1
    target = torch.arange(6)
    to_text = torch.nn.functional.cross_entropy(logits, target, reduction="sum")
    to_image = torch.nn.functional.cross_entropy(logits[:, :6].T, target, reduction="sum")
    assert weight == 12
    torch.testing.assert_close(total, to_text + to_image, check_dtype=False)


def test_the_recipe_wants_a_tower_that_sees_order(captions):
    words = ["modality=mixed", "recipe=negclip", f"source.path={captions}", "source.size=16"]
    words.append("source.identity_column=id")
    config = composed(*words)
    with pytest.raises(InputError, match=r"set encoder\.towers\.text\.ngrams=2"):
        build_module(config, build_datamodule(config))
    config = composed(*words, "encoder.towers.text.ngrams=2")
    data = build_datamodule(config)
    module = build_module(config, data)
    assert module.training_step(next(iter(data.train_dataloader()))).isfinite()
