"""Pictures with captions in a data set of the ``datasets`` library: saved, and as Parquet."""

import json
from pathlib import Path

import datasets
import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.captioned import CaptionedImages
from lightning_contrast.sources.hugging_face_captioned import HuggingFaceCaptioned
from tests.made_captions import write_captions

COLUMNS = {"label_column": "label", "identity_column": "id", "attribute_columns": ["kind"]}


@pytest.fixture
def rows(tmp_path: Path, monkeypatch) -> datasets.Dataset:
    """Twelve pictures; ``tmp_path/captions.jsonl`` is the table of the same."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    table = write_captions(tmp_path, rows=12)
    lines = [json.loads(line) for line in table.read_text().splitlines()]
    made = datasets.Dataset.from_list(
        [{**line, "image": str(tmp_path / line["image"])} for line in lines]
    )
    return made.cast_column("image", datasets.Image())


@pytest.mark.parametrize("kind", ["saved", "parquet"])
def test_it_holds_what_the_table_of_the_same_pictures_holds(kind, rows, tmp_path):
    if kind == "saved":
        parts = {"train": rows.select(range(8)), "test": rows.select(range(8, 12))}
        datasets.DatasetDict(parts).save_to_disk(tmp_path / "set")
        name, side = tmp_path / "set", [0] * 8 + [2] * 4
    else:
        rows.to_parquet(tmp_path / "rows.parquet")
        name, side = tmp_path / "rows.parquet", [-1] * 12
    found = HuggingFaceCaptioned(str(name), size=16, **COLUMNS).load()
    same = CaptionedImages(str(tmp_path / "captions.jsonl"), size=16, **COLUMNS).load()
    assert found.raw.parts["text"] == same.raw.parts["text"] and len(found.label) == 36
    assert found.split[:12].tolist() == side and found.classes == same.classes
    for column in ("label", "identity", "group"):
        assert getattr(found, column).tolist() == getattr(same, column).tolist()
    assert found.attributes["kind"].tolist() == same.attributes["kind"].tolist()
    some = np.array([0, 11])
    assert (found.raw.parts["image"][some] == same.raw.parts["image"][some]).all()


def test_a_broken_caption_of_two_is_one_line_or_left_out(rows, tmp_path):
    broken = rows.map(lambda row, i: {"caption": ["fine", ""]} if i == 4 else {}, with_indices=True)
    broken.save_to_disk(tmp_path / "set")
    source = HuggingFaceCaptioned(str(tmp_path / "set"))
    with pytest.raises(InputError, match=r"row 5 of .*set: caption 2 in 'caption' must be a text"):
        source.load()
    source.skip_bad_rows = True
    assert source.load().counts["skipped"] == 1
    with pytest.raises(InputError, match=r"column 'words' is not in .*set"):
        HuggingFaceCaptioned(str(tmp_path / "set"), caption_columns=["words"]).load()
