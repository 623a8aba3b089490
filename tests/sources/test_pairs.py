"""Sources whose rows come with a pair, and what may be wrong with it."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.errors import InputError
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.sources.folder import Folder
from lightning_contrast.sources.hugging_face import HuggingFaceText
from lightning_contrast.sources.table import Table
from lightning_contrast.types import Labelled

Articles = list[tuple[str, str]]


def split_up(articles: Articles) -> list[tuple[str, str, str]]:
    """Title, body and class."""
    return [(*map(str.strip, text.strip().split("\n", 1)), label) for text, label in articles]


def write(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("title", "body", "label"), *rows])
    return path


def check(rows: Labelled, expected: list[tuple[str, str, str]]) -> None:
    assert rows.identity is not None
    own = np.flatnonzero(rows.split != -2)
    assert own.tolist() == list(range(len(expected)))
    pairs = partners(rows, own)
    found = [
        (rows.raw[row], rows.raw[pair], rows.classes[rows.label[row]])
        for row, pair in zip(own, pairs, strict=True)
    ]
    assert found == expected
    assert len(rows.raw) == len(rows.label) == 2 * len(expected) == len(set(pairs) | set(own))
    assert (rows.label[pairs] == rows.label[own]).all()
    assert (rows.group[pairs] == rows.group[own]).all()
    assert (rows.split[pairs] == -2).all(), "a pair is on no side"


def partners(rows: Labelled, own: np.ndarray) -> np.ndarray:
    """The one partner of each of these rows."""
    found = partners_of(rows, own)
    assert found is not None
    assert (found.count == 1).all()
    assert (found.owner[found.first] == np.arange(len(own))).all()
    return found.row[found.first]


def test_a_table_gives_each_row_the_text_of_its_pair_column(
    tmp_path: Path, articles: Articles
) -> None:
    rows = split_up(articles)
    path = str(write(tmp_path / "news.csv", rows))
    check(Table(path, text_column="title", pair_column="body").load(), rows)
    assert Table(path, text_column="title").load().identity is None


def test_a_hub_data_set_gives_each_row_the_text_of_its_pair_column(
    tmp_path: Path, articles: Articles, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    rows = split_up(articles)
    title, body, label = map(list, zip(*rows, strict=True))
    found = datasets.Dataset.from_dict({"title": title, "body": body, "label": label})
    found.save_to_disk(tmp_path / "news")
    source = HuggingFaceText(str(tmp_path / "news"), text_column="title", pair_column="body")
    check(source.load(), rows)
    source.pair_column = "answer"
    with pytest.raises(InputError, match=r"'answer' is not in .*Set source\.pair_column"):
        source.load()
    found.add_column("empty", [" "] * len(rows)).save_to_disk(tmp_path / "other")
    with pytest.raises(InputError, match=r"row 1 of .*: 'empty' is an empty text"):
        HuggingFaceText(str(tmp_path / "other"), text_column="title", pair_column="empty").load()


def test_a_missing_pair_column_and_an_empty_pair_are_named(
    tmp_path: Path, articles: Articles
) -> None:
    rows = split_up(articles)
    rows[3] = (rows[3][0], "  ", rows[3][2])
    source = Table(str(write(tmp_path / "a.csv", rows)), text_column="title", pair_column="bodi")
    with pytest.raises(InputError) as error:
        source.load()
    assert str(error.value) == (
        "column 'bodi' is not in a.csv; its columns are: title, body, label. "
        "Set source.pair_column to one of them"
    )
    source.pair_column = "body"
    with pytest.raises(InputError) as error:
        source.load()
    assert str(error.value) == (
        "row 4 of a.csv: 'body' must be a text that is not empty, got '  ': mend it, or set "
        "source.skip_bad_rows=true to leave it out"
    )
    source.skip_bad_rows = True
    loaded = source.load()
    check(loaded, [*rows[:3], *rows[4:]])
    assert loaded.counts == {"skipped": 1}


@pytest.fixture
def drawings(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos in negative, at the same places."""
    other = tmp_path_factory.mktemp("drawings") / "drawings"
    shutil.copytree(photos, other)
    for file in [*other.rglob("*.png"), *other.rglob("*.JPG")]:
        Image.eval(Image.open(file), lambda grey: 255 - grey).save(file)
    return other


def test_a_second_folder_holds_the_pair_of_each_image(photos: Path, drawings: Path) -> None:
    rows = Folder(str(photos), size=8, channels=1, pair_path=str(drawings)).load()
    assert rows.identity is not None
    own = np.flatnonzero(rows.split != -2)
    assert len(own) == 18
    images, negatives = rows.raw[own].int(), rows.raw[partners(rows, own)].int()
    assert (images + negatives - 255).abs().float().mean() < 3, "JPEG is not exact"
    assert len(set(rows.raw.fingerprints())) == len(rows.raw) == 36
    assert rows.raw.fingerprints()[own].tolist() == Folder(str(photos)).load().raw.prints.tolist()


def test_an_image_without_a_pair_is_named_or_skipped(photos: Path, drawings: Path) -> None:
    (lost := drawings / "digit 0" / "1.png").unlink()
    (drawings / "digit 1" / "deep" / "2.JPG").write_bytes(b"no image")
    source = Folder(str(photos), size=8, channels=1, pair_path=str(drawings))
    with pytest.raises(InputError) as error:
        source.load()
    assert str(error.value) == (
        f"{photos}/digit 0/1.png has no pair: {lost} does not exist (and 1 more such rows): mend "
        "it, or set source.skip_bad_rows=true to leave it out"
    )
    source.skip_bad_rows = True
    rows = source.load()
    assert rows.counts["skipped"] == 2
    images, pairs = rows.raw[np.arange(16)].int(), rows.raw[partners(rows, np.arange(16))].int()
    assert (images + pairs - 255).abs().float().mean() < 3
    source.pair_path = str(drawings / "elsewhere")
    with pytest.raises(InputError, match=r"source\.pair_path: the folder .* does not exist"):
        source.load()
