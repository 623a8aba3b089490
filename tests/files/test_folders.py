"""Folders as systems leave them: hidden parts, links, names of other encodings."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.errors import InputError
from lightning_contrast.files.folders import files_below
from lightning_contrast.inference.unlabelled import unlabelled_rows
from lightning_contrast.sources.folder import Folder

HIDDEN = ("__MACOSX", "@eaDir", ".cache", "$RECYCLE.BIN")


def draw(path: Path, grey: int = 9) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), grey).save(path)
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for number, name in enumerate(("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png")):
        draw(tmp_path / "pets" / name, 40 * number)
    return tmp_path / "pets"


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_folders_never_stop_a_source_nor_count(pets: Path, name: str) -> None:
    expected = Folder(str(pets), size=4).load()
    draw(pets / name / "cat" / "._a.png")
    draw(pets / "cat" / name / "c.png")
    (pets / f"{name}2").mkdir() if name.startswith(".") else None
    rows = Folder(str(pets), size=4).load()
    assert rows.raw.files == expected.raw.files and rows.classes == ("cat", "dog")
    assert len(list(unlabelled_rows(pets, "image"))) == 4


def test_hidden_folders_beside_train_and_test_do_not_hide_that_they_are_sides(pets: Path) -> None:
    for side in ("train", "test"):
        (pets.parent / "all" / side).parent.mkdir(exist_ok=True)
        (pets.parent / "all" / side).symlink_to(pets)
    (pets.parent / "all" / "__MACOSX").mkdir()
    rows = Folder(str(pets.parent / "all"), size=4).load()
    assert sorted(rows.split.tolist()) == [0] * 4 + [2] * 4


def test_links_are_followed_but_not_in_a_circle(pets: Path) -> None:
    elsewhere = draw(pets.parent / "more" / "c.png").parent
    (pets / "cat" / "more").symlink_to(elsewhere)
    (pets / "cat" / "up").symlink_to(pets)  # whose dogs are no cats
    (elsewhere / "again").symlink_to(elsewhere)
    names = [str(path.relative_to(pets)) for path, _ in files_below(pets / "cat")]
    assert names == ["cat/a.png", "cat/b.png", "cat/more/c.png"]
    rows = Folder(str(pets), size=4).load()
    assert np.bincount(rows.label).tolist() == [3, 2]


def test_a_link_to_nothing_is_a_bad_row(pets: Path) -> None:
    (pets / "cat" / "c.png").symlink_to(pets / "nowhere.png")
    with pytest.raises(InputError, match=r"c\.png is a link to a file that does not exist"):
        Folder(str(pets), size=4).load()
    assert Folder(str(pets), size=4, skip_bad_rows=True).load().counts["skipped"] == 1


def test_names_of_another_encoding(pets: Path) -> None:
    os.rename(pets / "cat" / "a.png", os.fsencode(pets / "cat") + b"/caf\xe9.png")
    assert len(Folder(str(pets), size=4).load().label) == 4, "of a file it does not matter"
    os.rename(pets / "cat", os.fsencode(pets) + b"/caf\xe9")
    with pytest.raises(InputError, match=r"caf\\udce9' has a name that is not UTF-8, or can't"):
        Folder(str(pets), size=4).load()


def test_sides_may_be_folders_of_their_own(pets: Path) -> None:
    for number, side in enumerate(("validation", "test")):
        draw(pets.parent / side / "cat" / "x.png", 200 + number)
    source = Folder(str(pets), size=4, validation_path=str(pets.parent / "validation"))
    source.test_path = str(pets.parent / "test")
    rows = source.load()
    assert rows.split.tolist() == [-1] * 4 + [1, 2]
    assert rows.raw[np.arange(4, 6)][:, 0, 0, 0].tolist() == [200, 201]
    source.test_path = str(pets.parent / "none")
    with pytest.raises(InputError, match=r"source\.test_path: the folder .*none does not exist"):
        source.load()
    source.test_path, source.pair_path = None, str(pets)
    with pytest.raises(InputError, match=r"source\.pair_path has the pairs of the images in sou"):
        source.load()
