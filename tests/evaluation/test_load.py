"""A classifier before a source that is not its own: a test set that somebody brings."""

from pathlib import Path

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.judge import judge
from lightning_contrast.evaluation.load import load_subject, load_subjects
from lightning_contrast.modules.checkpoint import pack
from tests.runs import composed


@pytest.fixture(scope="module")
def checkpoint(text_subject, tmp_path_factory) -> Path:
    return save(text_subject, tmp_path_factory.mktemp("load") / "best.ckpt")


def save(subject, path: Path) -> Path:
    saved = {"state_dict": {f"network.{k}": v for k, v in subject.network.state_dict().items()}}
    pack(subject.network, saved)
    torch.save(saved, path)
    return path


def write(folder: Path, labels: list[str], split: str = "") -> str:
    header = f"text,label{',part' * bool(split)}"
    rows = [
        f"w{n % 3}x{n} w{n % 3}x{n + 1} number{n},{label}{f',{split}' * bool(split)}"
        for n, label in enumerate(labels)
    ]
    (folder / "test.csv").write_text("\n".join([header, *rows, ""]))
    return str(folder / "test.csv")


def sides(checkpoint: Path, folder: Path, path: str, *words: str) -> list[int]:
    source = composed("source=table", f"source.path={path}", *words)["source"]
    subject = load_subject(checkpoint, folder, source)
    assert judge(subject)["test/accuracy"] >= 0
    assert not subject.trained_on
    return [len(side.label) for side in (subject.train, subject.validation, subject.test)]


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_all_rows_of_another_source_are_the_test(checkpoint, tmp_path, rows: int) -> None:
    path = write(tmp_path, [f"class {n % 3}" for n in range(rows)])
    assert sides(checkpoint, tmp_path, path) == [0, 0, rows]
    assert sides(checkpoint, tmp_path, path, "source.fractions=[0,0,1]") == [0, 0, rows]


def test_a_split_that_is_asked_for_is_made(checkpoint, tmp_path) -> None:
    path = write(tmp_path, [f"class {n % 3}" for n in range(60)], split="test")
    assert sides(checkpoint, tmp_path, path, "source.split_column=part") == [0, 0, 60]
    assert sides(checkpoint, tmp_path, path, "source.fractions=[0.5,0,0.5]") == [30, 0, 30]


def test_a_class_that_the_classifier_does_not_know_is_named(checkpoint, tmp_path) -> None:
    path = write(tmp_path, ["class 0", "class 1", "odd"])
    with pytest.raises(InputError, match="does not know: odd; it knows class 0, class 1, class 2"):
        sides(checkpoint, tmp_path, path)
    path = write(tmp_path, ["class 0", "CLASS 1"])
    with pytest.raises(InputError, match=r"know: CLASS 1; .* differ in case or blanks only, so"):
        sides(checkpoint, tmp_path, path)
    assert sides(checkpoint, tmp_path, path, "source.label_case=lower") == [0, 0, 2]


def test_the_runs_own_source_keeps_its_split(checkpoint, text_subject, tmp_path) -> None:
    own = text_subject.network.run["source"]
    for source in (None, dict(own)):
        subject = load_subject(checkpoint, tmp_path, source)
        assert subject.trained_on
        assert (subject.test.index == text_subject.test.index).all()
    with pytest.warns(UserWarning, match="the source is the one that the run was trained on"):
        subject = load_subject(checkpoint, tmp_path, {**own, "skip_bad_rows": True})
    assert len(subject.test.label) == 150


def test_a_classifier_with_made_rows_in_training_needs_no_generator(
    image_subject, tmp_path
) -> None:
    kept = image_subject.network.run
    filled = {**kept["datamodule"], "fill_from": "gone.ckpt"}
    image_subject.network.run = {**kept, "datamodule": filled}
    try:
        path = save(image_subject, tmp_path / "image.ckpt")
    finally:
        image_subject.network.run = kept
    subject = load_subject(path, tmp_path)
    assert (subject.test.index == image_subject.test.index).all()
    assert "made" not in subject.datamodule.counts


def test_images_of_another_source_need_no_training_rows(image_subject, tmp_path) -> None:
    path = save(image_subject, tmp_path / "image.ckpt")
    source = composed("modality=image", "source.split_salt=b")["source"]
    with pytest.warns(UserWarning, match="the source is the one that the run was trained on"):
        subject = load_subject(path, tmp_path, source)
    assert (len(subject.train.label), len(subject.test.label)) == (0, 1797)


def test_of_several_checkpoints_all_are_judged_by_the_test_rows_of_the_one_whose_source_it_is(
    checkpoint, text_subject, tmp_path
) -> None:
    table = write(tmp_path, [f"class {n % 3}" for n in range(60)])
    run = {**text_subject.network.run}
    run["source"] = {**run["source"], "path": table}
    network, kept = text_subject.network, text_subject.network.run
    network.run = run
    try:
        other = save(text_subject, tmp_path / "other.ckpt")
    finally:
        network.run = kept
    paths, folders = [checkpoint, other], [tmp_path, tmp_path]
    for source in (kept["source"], run["source"]):
        one, two = load_subjects(paths, folders, source)
        assert one.trained_on != two.trained_on
        assert 0 < len(one.test.label) < len(one.rows.label)
        assert one.test.index.tolist() == two.test.index.tolist()
