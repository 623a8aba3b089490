"""The training rows beside a prediction, from checkpoints of short runs."""

import json

import numpy as np
import pytest
import torch

from lightning_contrast.commands.search import main, search
from lightning_contrast.errors import InputError
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.inference.run_rows import run_rows
from tests.inference.commands import called

TEXTS = ["Shares fell on Monday.", "The striker scored twice in the cup final."]


@pytest.fixture(scope="module")
def index(bbc):
    return Index.of(bbc, run_rows(bbc))


def test_the_nearest_training_rows_are_those_of_a_brute_force_search(bbc, index):
    splits = run_rows(bbc)
    texts = [splits.labelled.raw[row] for row in splits.train]
    every = bbc.embed(texts).double().numpy()
    for query, found in zip(TEXTS, search(bbc, index, TEXTS, k=4), strict=True):
        cosines = every @ bbc.embed([query]).double().numpy()[0]
        best = np.argsort(-cosines)[:4]
        assert [n.input for n in found.neighbours] == [texts[place] for place in best]
        assert [n.similarity for n in found.neighbours] == pytest.approx(cosines[best], abs=1e-5)
        for place, neighbour in zip(best, found.neighbours, strict=True):
            label = splits.labelled.label[splits.train[place]]
            assert neighbour.label == splits.labelled.classes[label]
            assert neighbour.row == splits.train[place] + 1
        (answer,) = bbc.predict([query])
        assert found.label == answer.label
        assert found.probability == pytest.approx(answer.probabilities[answer.label], abs=1e-6)


def test_a_training_row_finds_itself(bbc, index):
    row = int(index.rows[7])
    (found,) = search(bbc, index, [index.raw[row]], k=1)
    assert found.neighbours[0].row == row + 1
    assert found.neighbours[0].similarity == pytest.approx(1, abs=1e-5)


def test_unlabelled_rows_and_more_neighbours_than_there_are():
    eye, rows = torch.eye(2), np.array([3, 9])
    index = Index(eye, rows, np.array([-1, 0]), ["a"], ["", "", "", "x"] + [""] * 6)
    (near,) = index.nearest(torch.tensor([[1.0, 0.2]]), k=5)
    assert [(n.row, n.label, n.input) for n in near] == [(4, None, "x"), (10, "a", "")]
    with pytest.raises(InputError, match="k must be at least 1, got 0"):
        index.nearest(eye, k=0)


def test_a_query_prints_a_table(bbc_run, capsys):
    words = (f"checkpoint={bbc_run}/checkpoints/best.ckpt", f"query={TEXTS[1]}", "k=3")
    assert called(main, *words) == 0
    told = capsys.readouterr()
    assert TEXTS[1] in told.out and "of 3 nearest training rows agree" in told.out
    assert "sports" in told.out and told.err == ""


def test_a_file_of_images_gives_json_lines_with_bad_rows_told(digits_run, tmp_path, capsys):
    from PIL import Image

    for row in range(3):
        pixels = np.random.default_rng(row).integers(0, 255, (8, 8), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{row}.png")
    (tmp_path / "1.png").write_bytes(b"no image")
    out = tmp_path / "found.jsonl"
    words = (f"checkpoint={digits_run}/checkpoints/best.ckpt", f"input={tmp_path}", "k=2")
    assert called(main, *words, f"output={out}", "-q") == 3
    assert capsys.readouterr().err.startswith("row 2: ")
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(r["row"], r["input"][-5:]) for r in records] == [(1, "0.png"), (3, "2.png")]
    for record in records:
        assert set(record) == {"row", "input", "label", "probability", "neighbours"}
        first, second = record["neighbours"]
        assert set(first) == {"row", "label", "similarity", "input"} and first["input"] == ""
        assert 1 >= first["similarity"] >= second["similarity"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "search needs query=TEXT_OR_IMAGE, or input=FILE with many: give one"),
        ("query=a input=b.txt", "search needs query=TEXT_OR_IMAGE, or input=FILE"),
        ("query=a k=0", "k must be at least 1, got 0"),
        ("query=a output=out.csv", "must end in .jsonl or .ndjson"),
        ("query= ", "query: it is not a text but ''"),
        ("query=a source=digits", "source Digits is for image, and the checkpoint reads text"),
        ("input=a(1).txt", "input: the file a(1).txt does not exist"),
    ],
)
def test_what_cannot_be_searched(words, said, bbc_run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert called(main, *words.split(), f"checkpoint={bbc_run}/checkpoints/best.ckpt") == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not list(tmp_path.iterdir())


def test_a_query_image_that_is_not_there_is_said_to_be_missing(digits_run, tmp_path, capsys):
    words = (f"checkpoint={digits_run}/checkpoints/best.ckpt", f"query={tmp_path}/seven (1).png")
    assert called(main, *words) == 2
    line = capsys.readouterr().err
    assert f"error: query: the file {tmp_path}/seven (1).png does not exist" in line
    assert "the run goes on" not in line


def test_a_classifier_trained_from_python_says_how_it_is_searched(bbc, monkeypatch):
    monkeypatch.setattr(bbc, "run", {})
    with pytest.raises(InputError, match=r"Index\.of\(network, datamodule\.splits\)"):
        run_rows(bbc)
