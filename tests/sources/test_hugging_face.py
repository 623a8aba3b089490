"""Local data sets of the datasets library, made of real articles and digits."""

import csv
from pathlib import Path

import datasets
import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.hugging_face import HuggingFaceImages, HuggingFaceText

Articles = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def text_set(articles: Articles) -> "datasets.Dataset":
    texts, topics = zip(*articles, strict=True)
    names = ["sports", "tech", "business"]
    rows = {"text": list(texts), "label": [names.index(topic) for topic in topics]}
    return datasets.Dataset.from_dict(rows).cast_column("label", datasets.ClassLabel(names=names))


def test_splits_and_class_names_are_the_data_sets_own(tmp_path: Path, articles: Articles) -> None:
    rows = text_set(articles)
    parts = {"train": rows.select(range(20)), "dev": rows.select(range(20, 26))}
    parts |= {"test": rows.select(range(26, 32)), "unsupervised": rows.select(range(32, 36))}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "news")
    loaded = HuggingFaceText(str(tmp_path / "news")).load()
    assert np.bincount(loaded.split).tolist() == [20, 6, 6]
    assert loaded.raw == [text for text, _ in articles[:32]]
    assert [loaded.classes[n] for n in loaded.label] == [topic for _, topic in articles[:32]]
    assert loaded.classes == ("sports", "tech", "business")
    assert loaded.counts == {"left_out": 4, "skipped": 0}


def test_a_folder_of_data_files_is_loaded_and_left_to_be_split(
    tmp_path: Path, articles: Articles
) -> None:
    (tmp_path / "files").mkdir()
    with (tmp_path / "files" / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("body", "topic"), *articles])
    source = HuggingFaceText(str(tmp_path / "files"), text_column="body", label_column="topic")
    rows = source.load()
    assert len(rows.raw) == 36
    assert rows.classes == ("business", "sports", "tech")
    assert set(rows.split.tolist()) == {-1}


def test_an_empty_text_is_named_or_skipped(tmp_path: Path, articles: Articles) -> None:
    text_set([*articles[:3], (" ", "tech"), *articles[3:]]).save_to_disk(tmp_path / "news")
    with pytest.raises(InputError, match=r"row 4 of .*news: 'text' is an empty text: mend it"):
        HuggingFaceText(str(tmp_path / "news")).load()
    rows = HuggingFaceText(str(tmp_path / "news"), skip_bad_rows=True).load()
    assert rows.raw == [text for text, _ in articles]
    assert rows.counts == {"skipped": 1}


def test_unknown_names_and_columns_are_said_in_one_line(tmp_path: Path, articles: Articles) -> None:
    text_set(articles).save_to_disk(tmp_path / "news")
    with pytest.raises(InputError, match=r"its columns are: text, label\. Set source.text_column"):
        HuggingFaceText(str(tmp_path / "news"), text_column="body").load()
    with pytest.raises(InputError, match="must hold images"):
        HuggingFaceImages(str(tmp_path / "news"), image_column="text").load()
    with pytest.raises(InputError) as error:
        HuggingFaceText("no-such-owner/no-such-set").load()
    assert "'no-such-owner/no-such-set' can't be loaded" in str(error.value)
    assert "\n" not in str(error.value)


def test_images_are_decoded_on_demand_and_bad_ones_named(photos: Path, tmp_path: Path) -> None:
    files = sorted(str(file) for file in photos.rglob("*") if file.suffix in (".png", ".JPG"))
    labels = [Path(file).relative_to(photos).parts[0] for file in files]
    rows = datasets.Dataset.from_dict({"img": files, "label": labels})
    rows.cast_column("img", datasets.Image()).save_to_disk(tmp_path / "digits")
    source = HuggingFaceImages(str(tmp_path / "digits"), image_column="img", size=8, channels=1)
    loaded = source.load()
    assert loaded.raw[np.array([1, 17])].shape == (2, 1, 8, 8)
    assert loaded.classes == ("digit 0", "digit 1", "digit 2")
    png = files.index(next(file for file in files if file.endswith(".png")))
    digit = loaded.raw[np.array([png])]
    Path(files[png]).unlink()
    assert (loaded.raw[np.array([png])] == digit).all(), "the bytes are in the data set"

    cells = [{"bytes": b"no image", "path": None}, *({"bytes": None, "path": f} for f in files)]
    del cells[png + 1], labels[png]
    rows = datasets.Dataset.from_dict({"img": cells, "label": ["digit 0", *labels]})
    rows.cast_column("img", datasets.Image()).save_to_disk(tmp_path / "bad")
    bad = HuggingFaceImages(str(tmp_path / "bad"), image_column="img")
    with pytest.raises(InputError, match=r"row 1 of .*bad is not an image"):
        bad.load()
    bad.skip_bad_rows = True
    assert len(bad.load().raw) == 17


def test_sequences_of_class_labels_are_sets_of_labels(tmp_path):
    names = datasets.Sequence(datasets.ClassLabel(names=["x", "y", "z"]))
    features = datasets.Features({"text": datasets.Value("string"), "label": names})
    rows = {"text": ["one", "two", "three"], "label": [[2, 0], [], [0]]}
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(tmp_path / "rows")
    found = HuggingFaceText(str(tmp_path / "rows"), multi_label=True).load()
    assert found.names == ("x", "z") and found.classes == ("(none)", "x", "x; z")
    assert found.label.tolist() == [2, 0, 1]
    assert found.sets.members.astype(int).tolist() == [[0, 0], [1, 0], [1, 1]]


def test_texts_without_labels_and_a_column_without_any(tmp_path: Path, articles: Articles) -> None:
    rows = datasets.Dataset.from_dict({"text": [text for text, _ in articles], "none": [None] * 36})
    rows.save_to_disk(tmp_path / "texts")
    name = str(tmp_path / "texts")
    loaded = HuggingFaceText(name, label_column=None).load()
    assert loaded.classes == () and set(loaded.label.tolist()) == {-1}
    with pytest.raises(InputError, match=r"has no label in any row: .* or to null for rows with"):
        HuggingFaceText(name, label_column="none").load()
