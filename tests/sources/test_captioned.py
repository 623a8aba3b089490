"""Pictures with captions: several captions a picture, several pictures a caption."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.sources.captioned import CaptionedImages
from lightning_contrast.sources.folder import Folder
from tests.made_captions import write_captions


def picture(path: Path, shade: int = 0) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (shade, 0, 0)).save(path)
    return path.name


def table(folder: Path, *rows: dict) -> str:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


def test_pictures_with_a_common_caption_are_one_thing_and_each_caption_stands_once(tmp_path):
    names = [picture(tmp_path / f"{i}.png", 40 * i) for i in range(4)]
    captions = [["cat", "pet"], "cat", "dog", ["pet", " bird "]]
    rows = [{"image": n, "caption": c} for n, c in zip(names, captions, strict=True)]
    found = CaptionedImages(table(tmp_path, *rows), size=4).load()
    assert found.identity.tolist() == [0, 0, 2, 0, 0, 0, 2, 0]
    assert found.raw.parts["text"] == ["cat", "pet", "dog", "bird"]
    assert found.split.tolist() == [-1] * 4 + [-2] * 4
    assert found.classes == () and set(found.label) == {-1}
    assert found.raw.parts["image"][np.array([3])].shape == (1, 3, 4, 4)


def test_the_identity_column_alone_says_what_belongs_together(tmp_path):
    names = [picture(tmp_path / f"{i}.png", 40 * i) for i in range(3)]
    rows = [
        {"image": names[0], "caption": "red", "id": 7, "label": "a", "by": "x", "split": "train"},
        {"image": names[1], "caption": "red", "id": 8, "label": "b", "by": "y", "split": "test"},
        {"image": names[2], "caption": "rose", "id": 7, "label": "a", "by": "y", "split": "train"},
    ]
    source = CaptionedImages(
        table(tmp_path, *rows),
        identity_column="id",
        label_column="label",
        split_column="split",
        attribute_columns=["by"],
    )
    found = source.load()
    assert found.identity.tolist() == [0, 1, 0, 0, 1, 0]
    assert found.raw.parts["text"] == ["red", "red", "rose"]
    assert found.label.tolist() == [0, 1, 0, 0, 1, 0]
    assert found.group[0] == found.group[2] == found.group[3] != found.group[1]
    assert found.attributes["by"].tolist() == ["x", "y", "y", "x", "y", "y"]
    partners = partners_of(found, np.array([1, 2]))
    assert sorted(partners.row.tolist()) == [3, 4, 5]


def test_a_folder_has_a_text_file_beside_each_picture(tmp_path):
    picture(tmp_path / "deep" / "one.png", 10)
    picture(tmp_path / "two.png", 20)
    (tmp_path / "deep" / "one.txt").write_text("first\n\n second \n")
    with pytest.raises(InputError, match=r"two\.png has no caption: .*two\.txt does not exist"):
        CaptionedImages(str(tmp_path)).load()
    (tmp_path / "two.txt").write_text("other\n")
    found = CaptionedImages(str(tmp_path), size=4).load()
    assert sorted(found.raw.parts["text"]) == ["first", "other", "second"]
    (tmp_path / "two.txt").write_text("\n")
    assert CaptionedImages(str(tmp_path), skip_bad_rows=True).load().counts["skipped"] == 1


BAD = {
    "the picture .*none.png does not exist": {"image": "none.png", "caption": "x"},
    "row 2 of rows.jsonl: 'image' must be the path of a picture, got None": {"caption": "x"},
    "row 2 of rows.jsonl: caption 2 in 'caption' must be a text, got ''": {"caption": ["x", " "]},
    "row 2 of rows.jsonl: caption 1 in 'caption' must be a text, got 5": {"caption": 5},
    "row 2 of rows.jsonl: 'caption' must hold a caption": {"caption": []},
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_row_is_one_line_or_left_out(tmp_path, line):
    good = {"image": picture(tmp_path / "0.png"), "caption": "fine"}
    bad = {"image": good["image"]} | BAD[line]
    if "None" in line:
        bad.pop("image")
    path = table(tmp_path, good, bad)
    with pytest.raises(InputError, match=line) as caught:
        CaptionedImages(path).load()
    assert "\n" not in str(caught.value) and "source.skip_bad_rows=true" in str(caught.value)
    found = CaptionedImages(path, skip_bad_rows=True).load()
    assert (found.counts["skipped"], len(found.label)) == (1, 2)


def test_a_picture_that_does_not_decode_is_named(tmp_path):
    (tmp_path / "0.png").write_bytes(b"no picture")
    path = table(tmp_path, {"image": "0.png", "caption": "x"})
    with pytest.raises(InputError, match=r"row 1 of rows\.jsonl"):
        CaptionedImages(path).load()


def test_what_shows_one_thing_stays_on_one_side_without_any_class(tmp_path):
    source = CaptionedImages(str(write_captions(tmp_path, rows=60)), identity_column="kind")
    splits = prepare(source, whole=2)
    assert splits.counts["groups"] == 2
    source = CaptionedImages(str(write_captions(tmp_path, rows=60)), identity_column="id")
    splits = prepare(source)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (42, 6, 12)
    assert splits.counts["pairs"] == 60 and splits.counts["captions"] == 120


def test_a_bad_caption_is_told_before_a_picture_is_decoded(tmp_path):
    (tmp_path / "a.png").write_text("no picture")
    source = CaptionedImages(table(tmp_path, {"image": "a.png", "caption": " "}))
    with pytest.raises(InputError, match=r"row 1 of rows\.jsonl: caption 1 in 'caption' must be"):
        source.check_files()


def test_a_folder_whose_captions_are_in_a_table_proposes_it(tmp_path):
    path = write_captions(tmp_path / "pictures", 3)
    with pytest.raises(InputError, match=f"If captions.jsonl holds them, set source.path={path}"):
        CaptionedImages(str(path.parent)).load()
    with pytest.warns(UserWarning, match=f"modality=mixed source=captioned source.path={path}"):
        Folder(str(path.parent)).load()
