"""Labels of new rows, from checkpoints of short runs on BBC News and the digits."""

import csv
import io
import json
import sys

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.commands.predict import main, predict
from lightning_contrast.errors import InputError
from lightning_contrast.inference.unlabelled import unlabelled_rows
from tests.inference.commands import called

TEXTS = [
    "Shares fell on Monday.",
    "The striker scored twice in the cup final.",
    "The film won three awards.",
    "The minister lost the vote in parliament.",
]


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS) + "\n")
    return path


@pytest.fixture
def with_bad_rows(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_bytes("\n".join([TEXTS[0], "", *TEXTS[1:], "caf\xe9"]).encode("latin-1"))
    return path


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for row in range(6):
        pixels = np.random.default_rng(row).integers(0, 255, (12, 10), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{row}.png")
    return folder


def table(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def checkpoint(run):
    return f"checkpoint={run}/checkpoints/best.ckpt"


def test_json_lines_agree_with_the_classifier(bbc_run, bbc, texts, tmp_path, capsys):
    out = tmp_path / "out.jsonl"
    assert called(main, checkpoint(bbc_run), f"input={texts}", f"output={out}") == 0
    assert capsys.readouterr().out == f"4 rows labelled, 0 skipped: {out}\n"
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r["input"] for r in records] == TEXTS and [r["row"] for r in records] == [1, 2, 3, 4]
    for record, expected in zip(records, bbc.predict(TEXTS), strict=True):
        assert record["label"] == expected.label
        assert record["probabilities"] == pytest.approx(expected.probabilities, abs=1e-6)


def test_other_classes_than_those_of_the_head_are_told(bbc_run, texts, tmp_path, capsys):
    words = (checkpoint(bbc_run), f"input={texts}", f"output={tmp_path / 'out.csv'}", "-q")
    assert called(main, *words, "classes=[cat,dog]") == 0
    assert "classes that the network was trained with are left out" in capsys.readouterr().err
    assert called(main, *words[:2], f"output={tmp_path / 'own.csv'}", "-q") == 0
    assert capsys.readouterr().err == ""


def test_csv_has_a_column_for_each_class_and_ids_of_their_column(bbc, tmp_path):
    news = tmp_path / "news.csv"
    with news.open("w", newline="") as file:
        rows = ((f"n{row}", text) for row, text in enumerate(TEXTS))
        csv.writer(file).writerows([("id", "body"), *rows])
    rows = unlabelled_rows(news, "text", text_column="body", id_column="id")
    assert predict(bbc, rows, tmp_path / "out.csv", batch_size=3) == (4, 0, 0)
    found = table(tmp_path / "out.csv")
    names = [f"probability/{name}" for name in bbc.classes]
    assert list(found[0]) == ["row", "id", "input", "label", *names]
    assert [row["id"] for row in found] == ["n0", "n1", "n2", "n3"]
    for row, expected in zip(found, bbc.predict(TEXTS), strict=True):
        assert (row["input"], row["label"]) == (TEXTS[int(row["row"]) - 1], expected.label)
        given = [float(row[name]) for name in names]
        assert given == pytest.approx(list(expected.probabilities.values()), abs=1e-6)


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_below_a_probability_there_is_no_label(suffix, bbc, tmp_path):
    best = sorted(max(p.probabilities.values()) for p in bbc.predict(TEXTS))
    out = tmp_path / f"out.{suffix}"
    counts = predict(bbc, TEXTS, out, abstain_below=(best[1] + best[2]) / 2)
    assert counts == (2, 2, 0)
    if suffix == "csv":
        labels = [row["label"] for row in table(out)]
        assert labels.count("") == 2
    else:
        records = [json.loads(line) for line in out.read_text().splitlines()]
        assert [r["label"] is None for r in records].count(True) == 2
        assert all(len(r["probabilities"]) == 5 for r in records)
    with pytest.raises(InputError, match="from 0 to 1, got 80"):
        predict(bbc, TEXTS, out, abstain_below=80)


def test_bad_rows_are_told_with_their_numbers_and_the_rest_is_labelled(
    bbc_run, with_bad_rows, tmp_path, capsys
):
    out = tmp_path / "out.jsonl"
    words = (checkpoint(bbc_run), f"input={with_bad_rows}", f"output={out}", "batch_size=2", "-q")
    assert called(main, *words) == 3
    told = capsys.readouterr()
    assert told.out == f"4 rows labelled, 2 skipped: {out}\n"
    first, second = told.err.splitlines()
    assert first == "row 2: the text is empty"
    assert second.startswith("row 6: byte 0xe9 is not utf-8")
    assert [json.loads(line)["row"] for line in out.read_text().splitlines()] == [1, 3, 4, 5]


def test_strict_stops_at_the_first_bad_row_and_leaves_nothing(
    bbc_run, with_bad_rows, tmp_path, capsys
):
    out = tmp_path / "out.jsonl"
    words = (checkpoint(bbc_run), f"input={with_bad_rows}", f"output={out}", "strict=true")
    assert called(main, *words) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: row 2: the text is empty: mend it, or set strict=false")
    assert told.err.count("\n") == 1 and not list(tmp_path.glob("out*"))


def test_images_of_a_folder_and_a_broken_one_among_them(digits_run, digits, pictures, capsys):
    (pictures / "3.png").write_bytes(b"no image")
    (pictures / "4.png").write_bytes((pictures / "5.png").read_bytes()[:60])
    out = pictures.parent / "out.csv"
    words = (checkpoint(digits_run), f"input={pictures}", f"output={out}", "batch_size=2")
    assert called(main, *words) == 3
    told = capsys.readouterr()
    assert told.out == f"4 rows labelled, 2 skipped: {out}\n"
    assert [line[:6] for line in told.err.splitlines()] == ["row 4:", "row 5:"]
    assert "3.png is not an image that Pillow can decode (unknown format)" in told.err
    found = table(out)
    good = [str(pictures / f"{row}.png") for row in (0, 1, 2, 5)]
    assert [row["input"] for row in found] == good
    assert [row["label"] for row in found] == [p.label for p in digits.predict(good)]


def test_from_a_pipe_into_a_pipe(bbc_run, monkeypatch, capfd):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(TEXTS).encode())))
    assert called(main, checkpoint(bbc_run), "input=-", "output=-") == 0
    told = capfd.readouterr()
    assert [json.loads(line)["input"] for line in told.out.splitlines()] == TEXTS
    assert told.err == "4 rows labelled, 0 skipped: -\n", "what is no data goes elsewhere"


def test_after_ctrl_c_what_was_done_is_there_and_the_rest_can_follow(bbc, tmp_path, capsys):
    def interrupted():
        yield from TEXTS[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(bbc, interrupted(), tmp_path / "out.jsonl", batch_size=1)
    assert "stopped after row 3, what is done is in" in (line := capsys.readouterr().err)
    assert "first_row=4 goes on from there" in line
    assert predict(bbc, TEXTS, tmp_path / "rest.jsonl", first_row=4) == (1, 0, 0)
    done = (tmp_path / "out.jsonl.partial").read_text() + (tmp_path / "rest.jsonl").read_text()
    assert [json.loads(line)["row"] for line in done.splitlines()] == [1, 2, 3, 4]
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("input=none.txt", "none.txt does not exist"),
        ("input=empty.csv", "empty.csv is empty"),
        ("input=blank.txt", "no row can be read: row 1: the text is empty (and 1 more such rows)"),
        ("input=texts.txt first_row=9", "no row can be read: the input has no row from first_row"),
        ("input=news.csv text_column=a", "its columns are: body. Set text_column to one of them"),
        ("input=news.csv kind=3", "kind must be a text or null, got 3"),
        ("input=texts.txt encoding=x", "set encoding=utf-8"),
        ("input=texts.txt batch_size=abc", "batch_size must be a whole number"),
        ("input=texts.txt batch_size=0", "batch_size must be at least 1, got 0"),
        ("input=texts.txt abstain_below=2", "abstain_below must be a probability from 0 to 1"),
        ("input=texts.txt strict=maybe", "strict must be true or false, got 'maybe'"),
        ("input=texts.txt device=tpu9", "device=tpu9 can't be used"),
        ("input=texts.txt output=none/out.csv", "there is no folder none"),
        ("input=texts.txt output=.", "is a folder: name a file in it"),
        ("input=texts.txt output=/proc/out.csv", "can't be written"),
        (
            "input=texts.txt output=out.xml",
            "must end in .jsonl, .ndjson, .csv, .tsv or .json: name it out",
        ),
        ("input=.", "is a folder, but the checkpoint reads texts"),
        ("input=a.png", "is an image, but the checkpoint reads texts"),
        ("input=texts.txt checkpoint=none.ckpt", "no checkpoint at none.ckpt"),
        ("input=texts.txt skip_bad_rows=true", "there is no key or group 'skip_bad_rows'"),
    ],
)
def test_what_cannot_be_predicted(words, said, bbc_run, texts, monkeypatch, capsys):
    folder = texts.parent
    for name, text in {"empty.csv": "", "blank.txt": " \n\n", "news.csv": "body\nx\n"}.items():
        (folder / name).write_text(text)
    Image.new("L", (8, 8)).save(folder / "a.png")
    monkeypatch.chdir(folder)
    more = [] if "output=" in words else ["output=out.jsonl"]
    more += [] if "checkpoint=" in words else [checkpoint(bbc_run)]
    assert called(main, *words.split(), *more) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ") or told.err.splitlines()[-1].startswith("error: ")
    assert said in told.err and told.out == ""
    assert not list(folder.glob("out*")), "no half file is left"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("input=none", "none does not exist"),
        ("input=texts.csv", "is a table, but the checkpoint reads images"),
        ("input=texts.txt", "no row can be read: row 1: texts.txt is not an image"),
        ("input=.", "holds no images"),
    ],
)
def test_images_that_cannot_be_predicted(words, said, digits_run, tmp_path, monkeypatch, capsys):
    (tmp_path / "texts.txt").write_text("a\n")
    (tmp_path / "texts.csv").write_text("text\na\n")
    monkeypatch.chdir(tmp_path)
    assert called(main, *words.split(), "output=out.jsonl", checkpoint(digits_run)) == 2
    assert said in capsys.readouterr().err and not list(tmp_path.glob("out*"))


def test_the_parts_of_several_jobs_are_those_of_one_run_bit_for_bit(
    bbc_run, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    lines = [f"{text} {number}" for number in range(5) for text in TEXTS]
    lines[6] = ""
    (tmp_path / "in.txt").write_text("\n".join(lines) + "\n")
    words = (checkpoint(bbc_run), "input=in.txt", "output=out.jsonl", "batch_size=3", "-q")
    assert called(main, *words) == 3
    assert called(main, *words, "-m", "shard=1/3,2/3,3/3") == 3
    parts = [(tmp_path / f"out-{part}-of-3.jsonl").read_bytes() for part in (1, 2, 3)]
    assert all(parts) and b"".join(parts) == (tmp_path / "out.jsonl").read_bytes()
    assert capsys.readouterr().err.count("row 7: the text is empty") == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["shard=0/3"], "such as 3/16, got '0/3'"),
        (["shard=half"], "such as 3/16, got 'half'"),
        (["shard=9/9"], "4 batches of 1 rows, too few for 9 parts"),
        (["shard=1/2", "input=-"], "the standard input has them once"),
    ],
)
def test_a_part_that_there_is_not_is_one_line(words, line, bbc_run, tmp_path, capsys):
    (tmp_path / "in.txt").write_text("\n".join(TEXTS))
    given = (checkpoint(bbc_run), f"input={tmp_path}/in.txt", f"output={tmp_path}/out.jsonl")
    assert called(main, *given, "batch_size=1", "quiet=true", *words) == 2
    told = capsys.readouterr().err
    assert line in told and told.count("\n") == 1
