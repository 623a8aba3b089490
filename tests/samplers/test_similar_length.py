"""Batches of similar length: less padding, the same rows."""

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.samplers.similar_length import SimilarLengthSampler
from tests.runs import composed, write_news

LENGTHS = np.random.default_rng(0).integers(1, 200, 1000)
LABELS = np.zeros(1000, dtype=np.int64)


def padded(pool):
    """Tokens of an epoch's padded batches, for each token that is no padding."""
    sampler = SimilarLengthSampler(LABELS, 20, LENGTHS, pool=pool)
    batches = [LENGTHS[draw.index] for draw in sampler]
    return sum(b.max() * len(b) for b in batches) / LENGTHS.sum()


def test_padding_falls_with_the_size_of_the_pool():
    assert padded(1) > 1.8
    assert padded(10) < 1.25
    assert padded(50) < 1.03, "one pool is the whole split"


def test_the_short_batch_is_the_rest_of_the_shuffled_rows():
    sampler = SimilarLengthSampler(LABELS, 300, LENGTHS, pool=2, drop_last=False)
    batches = [draw.index for draw in sampler]
    assert [len(batch) for batch in batches] == [300, 300, 300, 100]
    assert len(np.unique(np.concatenate(batches))) == 1000


def test_batches_change_from_epoch_to_epoch():
    sampler = SimilarLengthSampler(LABELS, 20, LENGTHS, pool=10)
    first = {tuple(sorted(draw.index.tolist())) for draw in sampler}
    sampler.set_epoch(1)
    assert not first & {tuple(sorted(draw.index.tolist())) for draw in sampler}


def test_a_data_module_gives_the_lengths_of_its_texts_and_images_have_none(tmp_path):
    from lightning_contrast.build.parts import build_datamodule

    table = write_news(tmp_path / "news.csv")
    text = composed("source=table", f"source.path={table}", "sampler=similar_length")
    datamodule = build_datamodule(text)
    sampler = datamodule.train_dataloader().sampler
    assert set(sampler.lengths.tolist()) == {8} and len(sampler.lengths) == len(sampler.labels)
    image = build_datamodule(composed("modality=image", "sampler=similar_length"))
    with pytest.raises(InputError, match="set sampler=shuffled for images"):
        image.train_dataloader()
