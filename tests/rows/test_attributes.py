"""Columns that stay with their rows, for evaluation to group them by."""

from pathlib import Path

import datasets
import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.hugging_face import HuggingFaceImages, HuggingFaceText
from lightning_contrast.sources.table import Table

ROWS = "text,label,sex,age,answer\na,x,f,30,r\n,y,m,40,s\nc,y,,50,t\nd,x,m,30,u\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text(ROWS)
    return tmp_path / "a.csv"


def test_columns_of_a_table_go_with_the_rows_that_are_kept(table: Path) -> None:
    rows = Table(str(table), attribute_columns=["sex", "age"], skip_bad_rows=True).load()
    assert rows.raw == ["a", "c", "d"]
    assert rows.attributes["sex"].tolist() == ["f", "(none)", "m"]
    assert rows.attributes["age"].tolist() == ["30", "50", "30"]
    assert not Table(str(table), skip_bad_rows=True).load().attributes


def test_pairs_have_the_attributes_of_their_rows(table: Path) -> None:
    source = Table(str(table), pair_column="answer", attribute_columns=["sex"], skip_bad_rows=True)
    assert source.load().attributes["sex"].tolist() == ["f", "(none)", "m"] * 2


def test_a_column_may_also_be_the_label_or_the_group(table: Path) -> None:
    source = Table(
        str(table), group_column="sex", attribute_columns=["label", "sex"], skip_bad_rows=True
    )
    rows = source.load()
    assert [rows.classes[n] for n in rows.label] == rows.attributes["label"].tolist()


def test_an_unknown_column_is_named_with_those_present(table: Path) -> None:
    with pytest.raises(InputError) as error:
        Table(str(table), attribute_columns=["sex", "ages"]).load()
    assert str(error.value) == (
        "column 'ages' is not in a.csv; its columns are: text, label, sex, age, answer. "
        "Set source.attribute_columns[1] to one of them"
    )


@pytest.mark.parametrize("stream", [False, True])
def test_columns_of_a_hub_data_set_go_with_the_rows_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    cells = {"text": ["a", " ", "c"], "label": ["x", "y", "y"], "sex": [1, 0, -1]}
    sexes = datasets.ClassLabel(names=["m", "f"])
    rows = datasets.Dataset.from_dict(cells).cast_column("sex", sexes)
    rows.save_to_disk(tmp_path / "rows")
    settings = {"skip_bad_rows": True, "stream": stream}
    loaded = HuggingFaceText(
        str(tmp_path / "rows"), attribute_columns=["sex", "label"], **settings
    ).load()
    assert list(loaded.raw) == ["a", "c"]
    assert loaded.attributes["sex"].tolist() == ["f", "(none)"]
    assert loaded.attributes["label"].tolist() == ["x", "y"]
    with pytest.raises(InputError, match=r"'age' is not in .* Set source.attribute_columns"):
        HuggingFaceText(str(tmp_path / "rows"), attribute_columns=["age"], **settings).load()


def test_columns_of_a_hub_set_of_images_go_with_those_that_decode(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    files = sorted(str(file) for file in photos.rglob("*") if file.suffix == ".png")
    cells = [{"bytes": b"no image", "path": None}, *({"bytes": None, "path": f} for f in files)]
    light = [str(number % 2) for number in range(len(cells))]
    rows = datasets.Dataset.from_dict({"image": cells, "label": light, "light": light})
    rows.cast_column("image", datasets.Image()).save_to_disk(tmp_path / "rows")
    source = HuggingFaceImages(
        str(tmp_path / "rows"), attribute_columns=["light"], skip_bad_rows=True
    )
    assert np.array_equal(source.load().attributes["light"], light[1:])
