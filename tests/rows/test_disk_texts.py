"""Texts that stay on disk give the batches of texts in memory."""

from functools import partial
from pathlib import Path

import datasets
import numpy as np
import pytest
import torch

from lightning_contrast.data.text import TextDataModule
from lightning_contrast.errors import InputError
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.rows.disk_texts import DiskTexts
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources.hugging_face import HuggingFaceText

Articles = list[tuple[str, str]]


@pytest.fixture
def news(tmp_path: Path, articles: Articles) -> str:
    texts, topics = zip(*articles, strict=True)
    rows = {"text": [*texts, *texts[:2]], "label": [*topics, *topics[:2]]}
    datasets.Dataset.from_dict(rows).save_to_disk(tmp_path / "news")
    return str(tmp_path / "news")


def batches(news: str, stream: bool, workers: int = 0) -> list:
    source = HuggingFaceText(news, stream=stream)
    sampler = partial(ShuffledSampler, drop_last=False)
    module = TextDataModule(source, sampler, NoPositives, batch_size=8, num_workers=workers)
    module.setup()
    assert isinstance(module.splits.labelled.raw, DiskTexts) == stream
    return list(module.train_dataloader())


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_those_of_texts_in_memory(news, workers):
    for ours, expected in zip(batches(news, True, workers), batches(news, False), strict=True):
        assert torch.equal(ours.anchor.index, expected.anchor.index)
        assert torch.equal(ours.anchor.label, expected.anchor.label)
        for key in ("input_ids", "attention_mask"):
            assert torch.equal(ours.anchor.inputs[key], expected.anchor.inputs[key])


def test_equal_texts_are_found_on_disk_too(news):
    module = TextDataModule(HuggingFaceText(news, stream=True))
    module.setup()
    assert module.counts["duplicates"] >= 2
    assert "as they stay on disk" in module.unseen["near_duplicates"]
    assert module.counts["groups_across_splits"] == 0


def test_an_empty_text_on_disk_is_named_or_left_out(tmp_path):
    rows = {"text": ["a b", " ", "c d", "e f"], "label": ["x", "x", "y", "y"]}
    datasets.Dataset.from_dict(rows).save_to_disk(tmp_path / "rows")
    with pytest.raises(InputError, match=r"row 2 of .*rows: 'text' is an empty text"):
        HuggingFaceText(str(tmp_path / "rows"), stream=True).load()
    found = HuggingFaceText(str(tmp_path / "rows"), stream=True, skip_bad_rows=True).load()
    assert list(found.raw) == ["a b", "c d", "e f"] and found.raw[1] == "c d"
    assert found.raw.take(np.array([2, 0])) == ["e f", "a b"]


def test_pairs_are_not_streamed(news):
    with pytest.raises(InputError, match=r"source.stream=true reads no pairs"):
        HuggingFaceText(news, stream=True, pair_column="label").load()
