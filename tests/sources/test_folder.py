"""A class a folder, of files which people really have."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.folder import Folder


def test_classes_are_the_folders_and_images_are_decoded_on_demand(photos: Path) -> None:
    rows = Folder(str(photos), size=16, channels=1).load()
    assert rows.classes == ("digit 0", "digit 1", "digit 2")
    assert np.bincount(rows.label).tolist() == [6, 6, 6]
    assert rows.raw[np.array([17, 0])].shape == (2, 1, 16, 16)
    assert set(rows.split.tolist()) == {-1}
    for file in photos.rglob("*.png"):
        file.unlink()
    with pytest.raises(InputError, match="png is not there"):
        rows.raw[np.arange(18)]


def test_train_and_test_folders_are_the_split(photos: Path) -> None:
    for side in ("train", "Test"):
        (photos / side).mkdir()
    for number in range(3):
        (photos / "Test" / f"digit {number}").mkdir()
        file = next((photos / f"digit {number}").glob("*.png"))
        file.rename(photos / "Test" / f"digit {number}" / file.name)
        (photos / f"digit {number}").rename(photos / "train" / f"digit {number}")
    rows = Folder(str(photos)).load()
    assert np.unique(rows.split, return_counts=True)[1].tolist() == [15, 3]
    assert sorted(rows.label[rows.split == 2].tolist()) == [0, 1, 2]


@pytest.mark.parametrize("damage", [b"", b"no image", "cut"])
def test_a_file_that_does_not_decode_is_named_or_skipped(photos: Path, damage: bytes | str) -> None:
    bad = sorted((photos / "digit 1").glob("*.png"))[0]
    bad.write_bytes(bad.read_bytes()[:-30] if isinstance(damage, str) else damage)
    with pytest.raises(InputError, match=f"{bad.name} is not an image .*skip_bad_rows=true"):
        Folder(str(photos)).load()
    rows = Folder(str(photos), skip_bad_rows=True).load()
    assert np.bincount(rows.label).tolist() == [6, 5, 6]
    assert rows.counts == {"skipped": 1, "not_images": 0}


def test_other_and_hidden_files_are_left(photos: Path) -> None:
    (photos / "digit 0" / "notes.txt").write_text("mine")
    (photos / "digit 0" / "._1.png").write_text("a thing of the Mac")
    (photos / ".cache").mkdir()
    rows = Folder(str(photos)).load()
    assert len(rows.raw) == 18
    assert rows.counts["not_images"] == 1


def test_a_folder_without_classes_and_a_class_without_images_are_said(photos: Path) -> None:
    flat = photos / "flat"
    flat.mkdir()
    with pytest.raises(InputError, match=r"the class folder .*flat holds no images"):
        Folder(str(photos)).load()
    (flat / "notes.txt").write_text("")
    with pytest.raises(InputError, match=r"has no class folders and no images, it holds notes\.t"):
        Folder(str(flat)).load()


def test_images_without_class_folders_have_no_label(photos: Path, tmp_path: Path) -> None:
    for side, digit in (("train", 1), ("test", 2)):
        shutil.copytree(photos / f"digit {digit}" / "deep", tmp_path / "sides" / side)
    flat = Folder(str(photos / "digit 0" / "deep")).load()
    assert flat.classes == () and set(flat.label) == {-1} and set(flat.split) == {-1}
    sides = Folder(str(tmp_path / "sides")).load()
    assert sides.classes == () and sorted(set(sides.split)) == [0, 2]
    with pytest.warns(
        UserWarning, match=r"\d images of .*digit 0 are in none of its class folders"
    ):
        assert Folder(str(photos / "digit 0")).load().classes == ("deep",)


def test_arguments_that_make_no_image_are_said(photos: Path) -> None:
    with pytest.raises(InputError, match=r"channels must be 1 or 3, got 4"):
        Folder(str(photos), channels=4)
    with pytest.raises(InputError, match=r"source\.path: the folder .*nowhere does not exist"):
        Folder(str(photos / "nowhere")).load()
