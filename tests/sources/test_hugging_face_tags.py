"""Sentences with tags of the datasets library: read as the same file in CoNLL's columns."""

import datasets
import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.conll import CoNLL
from lightning_contrast.sources.hugging_face_tags import HuggingFaceTags

NAMES = ["O", "B-person", "I-person", "B-place", "I-place"]
WORDS = [["Ann", "Lee", "left"], ["in", "New", "York"], [], ["Rome", "fell"]]
TAGS = [["B-person", "I-person", "O"], ["O", "I-place", "I-place"], [], ["B-place", "O"]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def saved(folder, words=WORDS, tags=TAGS, numbered=True):
    rows = {"tokens": words, "ner_tags": tags}
    if numbered:
        rows["ner_tags"] = [[NAMES.index(tag) for tag in row] for row in tags]
    made = datasets.Dataset.from_dict(rows)
    if numbered:
        made = made.cast_column("ner_tags", datasets.List(datasets.ClassLabel(names=NAMES)))
    made.save_to_disk(folder / "set")
    return str(folder / "set")


@pytest.mark.parametrize("numbered", [True, False])
def test_a_data_set_is_read_as_the_same_sentences_in_a_file(numbered, tmp_path):
    rows = HuggingFaceTags(saved(tmp_path, numbered=numbered)).load()
    path = tmp_path / "train.txt"
    blocks = [
        "\n".join(map(" ".join, zip(*pair, strict=True))) for pair in zip(WORDS, TAGS, strict=True)
    ]
    path.write_text("\n\n".join(blocks))
    same = CoNLL(str(path)).load()
    assert rows.raw == same.raw == ["Ann Lee left", "in New York", "Rome fell"]
    assert rows.classes == same.classes and rows.label.tolist() == same.label.tolist()
    assert all(map(np.array_equal, rows.spans, same.spans))
    assert rows.counts["tags_repaired"] == same.counts["tags_repaired"] == 1
    assert rows.counts["skipped"] == 1 and rows.split.tolist() == [-1] * 3


def test_splits_are_the_data_sets_own_and_other_types_are_background(tmp_path):
    part = datasets.Dataset.from_dict({"tokens": WORDS[:2], "ner_tags": TAGS[:2]})
    parts = {"train": part, "validation": part, "test": part}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "set")
    rows = HuggingFaceTags(str(tmp_path / "set"), types=["place"], joined_by="").load()
    assert rows.split.tolist() == [0, 0, 1, 1, 2, 2]
    assert rows.classes == ("O", "B-place", "I-place") and rows.raw[1] == "inNewYork"
    assert [rows.raw[r][a:b] for r, a, b in zip(*rows.spans[:3], strict=True)] == ["NewYork"] * 3


@pytest.mark.parametrize(
    ("words", "tags", "line"),
    [
        (WORDS, [row[:1] for row in TAGS], "row 1 of .* has 3 words and 1 tags: mend the row"),
        (["Ann"], [["O"]], "row 1 of .* must hold lists of words and of tags: set source.word_col"),
        ([["a"], ["b"]], [["O"], ["S-x"]], "row 2 of .* got 'S-x': convert the tags"),
    ],
)
def test_a_bad_row_is_one_line(words, tags, line, tmp_path):
    path = saved(tmp_path, words, tags, numbered=False)
    with pytest.raises(InputError, match=line):
        HuggingFaceTags(path).load()


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"Set source.tag_column to one of them"):
        HuggingFaceTags(saved(tmp_path), tag_column="tags").load()
