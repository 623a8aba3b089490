"""Every mistake on the command line is one line that says what to do, and exit code 2."""

import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.build.checks import warn_of_rows
from lightning_contrast.commands.entry import FULL_ERROR
from lightning_contrast.commands.evaluate import main as evaluate
from lightning_contrast.commands.train import main as train
from lightning_contrast.modules.checkpoint import KEY
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.sources._labelled import labelled
from tests.inference.commands import composing_once
from tests.mends import accept_all
from tests.runs import write_news

SMALL = "logger=none trainer.max_epochs=1 trainer.limit_train_batches=1 trainer.accelerator=cpu -q"
TABLE = "source=table source.path="
PHOTOS = "modality=image source=folder source.size=8 datamodule.batch_size=12 source.path="
IDX = "modality=image source=idx source.folder="


def write_photos(folder: Path, rows: int = 10, classes: tuple[str, ...] = ("cat", "dog", "owl")):
    random = np.random.default_rng(len(classes))
    for name in classes:
        (folder / name).mkdir(parents=True)
        for row in range(rows):
            pixels = random.integers(0, 255, (12, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{row}.{'png' if row % 2 else 'jpg'}")


def write_tables(folder: Path) -> None:
    header, *rows = write_news(folder / "news.csv").read_text().splitlines()
    tables = {
        "empty.csv": [],
        "header.csv": [header],
        "one_class.csv": [header, *(row for row in rows if row.endswith("class 0"))],
        "single.csv": [header, *rows, "all alone,lonely"],
        "blank.csv": [header, *rows, "  ,class 1"],
        "unknown.csv": [f"{header},split", *(f"{row},train" for row in rows), "new,odd,test"],
        "other.csv": [header, *(row.replace("class", "kind") for row in rows)],
    }
    for name, lines in tables.items():
        (folder / name).write_text("".join(line + "\n" for line in lines))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Tables, photographs, and a checkpoint of each modality with damaged copies of one."""
    folder = tmp_path_factory.mktemp("bad")
    write_tables(folder)
    write_photos(folder / "photos")
    write_photos(folder / "damaged")
    (folder / "damaged/cat/torn.png").write_bytes(b"not an image")
    (folder / "no_classes").mkdir()
    write_photos(folder / "no_images", 1, ("cat",))
    (folder / "no_images/cat/0.jpg").unlink()
    write_photos(folder / "sides/train", 5, ("cat", "dog"))
    write_photos(folder / "sides/test", 5)
    runs = {"text": f"{TABLE}{folder}/blank.csv", "image": f"{PHOTOS}{folder}/damaged"}
    for name, words in runs.items():
        skip = "source.skip_bad_rows=true"
        train([*SMALL.split(), *words.split(), skip, f"hydra.run.dir={folder}/{name}"])
        assert json.loads((folder / name / "result.json").read_text())["rows/skipped"] == 1
        (folder / name / "checkpoints/best.ckpt").rename(folder / f"{name}.ckpt")
    whole = (folder / "text.ckpt").read_bytes()
    (folder / "torn.ckpt").write_bytes(whole[: len(whole) // 2])
    (folder / "pickled.ckpt").write_bytes(pickle.dumps(Path("x"), protocol=4))
    kept = torch.load(folder / "text.ckpt", weights_only=True)
    torch.save(kept | {KEY: {"format": 2}}, folder / "newer.ckpt")
    torch.save(kept | {"state_dict": {}}, folder / "weightless.ckpt")
    return folder


@pytest.fixture
def refused(files, tmp_path, monkeypatch, capsys):
    """Runs a command that must fail; returns its line."""
    monkeypatch.chdir(files)
    monkeypatch.delenv(FULL_ERROR, raising=False)
    capsys.readouterr()

    def call(main, words):
        argv = words.split()
        if not any(word.startswith("hydra.run.dir=") for word in argv):
            argv.append(f"hydra.run.dir={tmp_path}/run")
        with pytest.raises(SystemExit) as stop, composing_once():
            main([*SMALL.split(), *argv] if main is train else argv)
        told = capsys.readouterr()
        assert stop.value.code == 2, told.err
        assert told.err.startswith("error: ") and told.err.count("\n") == 1, told.err
        assert told.out == ""
        accept_all(told.err)
        return told.err

    return call


def check(line: str, said: str) -> None:
    for part in said.split(" ... "):
        assert part in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("loss.temperature=abc", "temperature must be a number greater than 0, got 'abc'"),
        ("datamodule.batch_size=0", "batch_size must be a whole number of at least 1"),
        ("optimizer.lr=-1", "Invalid learning rate: -1"),
        ("trainer.max_epochs=-5", "or -1 for no end, got -5: set trainer.max_epochs=null"),
        ("seed=abc", "seed must be a whole number, got 'abc'"),
        ("baselines=maybe", "baselines must be true or false, got 'maybe'"),
        ("metric=validation/acuracy", "metric must be one of validation/accuracy"),
        ("trainer.max_epochs=abc", "max_epochs must be a whole number"),
        ("trainer.devices=4000", "trainer.devices must be at most"),
        ("hydra.run.dir=news.csv/x", "cannot make the output folder"),
        ("protocols.accuracy.resamples=0", "resamples must be a whole number of at least 1"),
        ("protocols=[acuracy]", "acuracy"),
        ("recipe=simcse loss=triplet_margin", "'temperature' ... leave it out: ~loss.temperature"),
    ],
)
def test_a_wrong_setting(words, said, refused):
    check(refused(train, f"{TABLE}news.csv {words}"), said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"{TABLE}news.csv source.text_column=titel", "its columns are: text, label"),
        (f"{TABLE}news.csv source.separator=abc", "source.separator must be one character"),
        (f"{TABLE}empty.csv", "empty.csv is empty"),
        (f"{TABLE}header.csv", "header.csv has no rows below its header"),
        (f"{TABLE}one_class.csv", "two classes or more, got ['class 0']"),
        (f"{TABLE}single.csv", "a class must have two rows or more ... lonely"),
        (f"{TABLE}blank.csv", "row 91 of blank.csv ... source.skip_bad_rows=true"),
        (f"{TABLE}unknown.csv source.split_column=split", "a class must have two rows ... odd"),
        (f"{PHOTOS}damaged", "torn.png is not an image ... source.skip_bad_rows=true"),
        (f"{PHOTOS}no_classes", "no_classes has no class folders"),
        (f"{PHOTOS}no_images", "cat holds no images"),
        (f"{PHOTOS}sides", "classes of the test rows must be in training too, and 'owl'"),
        (f"{IDX}photos", "train-images-idx3-ubyte does not exist"),
    ],
)
def test_data_that_cannot_be_trained_on(words, said, refused):
    check(refused(train, words), said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("source=digits", "source Digits is for image ... train with modality=image"),
        ("recipe=simclr", "view ImageView is for image"),
        ("encoder=convnet", "encoder ConvNet is for image"),
        ("modality=image view=eda", "view Chain is for text ... train with modality=text"),
        ("view=[token_dropout,word_swap]", "view takes one choice ... set view=token_dropout"),
        (
            "view=synonym view.similarity=2",
            "similarity must be a number from -1 to 1 (a cosine), got 2",
        ),
        ("modality=image encoder=bag", "encoder Bag is for text ... train with modality=text"),
        ("loss=info_nce pairing=instance", "set positives=view or positives=same_class"),
        ("recipe=triplet_explicit negatives=in_batch", "set negatives=cross_class"),
        (
            "recipe=triplet_explicit negatives.k=0 " + TABLE + "news.csv",
            "k must be a whole number of at least 1",
        ),
        ("negatives=confused module.head_weight=0", "set module.head_weight=1"),
        (
            "candidates=[queue] candidates.queue.size=50 datamodule.batch_size=20 negatives=random "
            f"negatives.k=2 {TABLE}news.csv",
            "at least the 60 rows of a batch, got 50",
        ),
    ],
)
def test_parts_that_do_not_go_together(words, said, refused):
    check(refused(train, words), said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("checkpoint=none.ckpt", "no checkpoint at none.ckpt"),
        ("checkpoint=text", "it is a folder that holds text/checkpoints/last.ckpt"),
        (
            "checkpoint=pickled.ckpt",
            "pickled.ckpt can't be read as a checkpoint: it is damaged, or holds more than plain",
        ),
        ("checkpoint=torn.ckpt", "torn.ckpt can't be read as a checkpoint ... it is damaged"),
        ("checkpoint=newer.ckpt", "of format 2, this version reads 1"),
        ("checkpoint=weightless.ckpt", "does not hold what it describes"),
        ("checkpoint=text.ckpt trust=5", "trust must be a list of names of packages"),
        ("checkpoint=text.ckpt source=digits", "source Digits is for image"),
        ("checkpoint=image.ckpt source=bbc_news", "source BBCNews is for text"),
        ("checkpoint=image.ckpt source=digits", "set source.channels and source.size"),
        (f"checkpoint=text.ckpt {TABLE}other.csv", "does not know: kind 0"),
        ("checkpoint=[text.ckpt,image.ckpt]", "image.ckpt has other test rows than text.ckpt"),
        ("checkpoint=text.ckpt reference=none.ckpt", "no checkpoint at none.ckpt"),
        ("checkpoint=[]", "a path or a list of paths, got []"),
        ("checkpoint=3", "a path or a list of paths, got 3"),
        ("checkpoint=text.ckpt protocols=[robustnes]", "robustness"),
        (
            "checkpoint=text.ckpt protocols.robustness.only=[rotaton]",
            "'rotaton', which is none of the corruptions: choose among gaussian_noise",
        ),
        (
            "checkpoint=text.ckpt protocols.robustness.corruptions.case.levels=[1,2]",
            "Case needs 5 levels, one a severity, got [1, 2]",
        ),
        ("checkpoint=text.ckpt protocols.embedding.draws=many", "draws must be a whole number"),
    ],
)
def test_a_checkpoint_that_cannot_be_evaluated(words, said, refused):
    check(refused(evaluate, words), said)


def test_a_pairing_by_label_says_how_many_rows_it_leaves_out(recwarn):
    rows = labelled(["a", "b", "c"], np.array([0, -1, 1]), ("x", "y"))
    with pytest.warns(UserWarning, match="1 of 3 training rows have no label"):
        warn_of_rows(SimpleNamespace(pairing=Label), rows, np.arange(3))
    warn_of_rows(SimpleNamespace(pairing=Instance), rows, np.arange(3))
    warn_of_rows(SimpleNamespace(pairing=Label), rows, np.array([0, 2]))
    assert not recwarn.list
