"""Rows of every kind of input, one at a time, with what is wrong with each."""

import io
import json
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.errors import InputError
from lightning_contrast.files.row import Row
from lightning_contrast.inference.unlabelled import unlabelled_rows

TEXTS = ["one text", 'with "quotes", and\na line', "", "café"]


def write(path, kind):
    ids = [f"x{row}" for row in range(4)]
    if kind == "jsonl":
        rows = [json.dumps({"id": i, "text": t}) for i, t in zip(ids, TEXTS, strict=True)]
        path.write_text("\n".join(rows))
    elif kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"id": ids, "text": TEXTS}), path)
    else:
        import csv

        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file, delimiter={"csv": ",", "tsv": "\t"}[kind])
            writer.writerows([["id", "text"], *zip(ids, TEXTS, strict=True)])
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_of_any_kind_gives_its_texts_with_numbers_ids_and_problems(kind, tmp_path):
    path = write(tmp_path / f"a.{kind}", kind)
    rows = list(unlabelled_rows(path, "text", id_column="id"))
    assert [row.raw for row in rows] == TEXTS
    assert [(row.number, row.id) for row in rows] == [(n + 1, f"x{n}") for n in range(4)]
    assert [row.problem for row in rows if row.problem] == [f"row 3 of a.{kind}: the text is empty"]
    path.rename(tmp_path / "b.data")
    assert list(unlabelled_rows(tmp_path / "b.data", "text", kind=kind))[3].raw == "café"


def test_lines_and_the_standard_input(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes("\ufeffone\r\ntwo\u2028still two\n\nfour".encode())
    expected = [Row(1, "one"), Row(2, "two\u2028still two"), Row(4, "four")]
    rows = list(unlabelled_rows(tmp_path / "a.txt", "text"))
    assert [row for row in rows if not row.problem] == expected
    assert rows[2].problem == "row 3: the text is empty"
    stdin = io.TextIOWrapper(io.BytesIO((tmp_path / "a.txt").read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert list(unlabelled_rows("-", "text")) == rows
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"text": "a"}\n')))
    assert list(unlabelled_rows("-", "text", kind="jsonl")) == [Row(1, "a")]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a.png\n\n")))
    assert [row.raw for row in unlabelled_rows("-", "image")] == ["a.png", ""]


def test_a_folder_gives_its_images_in_order_and_no_hidden_ones(tmp_path):
    for name in ("b.png", "a.jpg", "c/d.png", ".hidden.png", ".h/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").touch()
    rows = list(unlabelled_rows(tmp_path, "image"))
    names = [str(tmp_path / name) for name in ("a.jpg", "b.png", "c/d.png")]
    assert rows == [Row(n, name, name) for n, name in enumerate(names, start=1)]
    (one,) = unlabelled_rows(tmp_path / "b.png", "image")
    assert one.raw == str(tmp_path / "b.png")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", b"text\na\ncaf\xe9\nb\n", "row 2 of a.csv: byte 0xe9 is not utf-8"),
        ("a.txt", b"a\ncaf\xe9\nb\n", "row 2: byte 0xe9 is not utf-8"),
        ("a.csv", b"text,id\na,1\nb\nb,2\n", "row 2 of a.csv (line 3) must have 2 fields"),
        ("a.csv", b'text\na\n"b" c\nb\n', "row 2 of a.csv, line 3: ',' expected after"),
        ("a.jsonl", b'{"text": "a"}\n{oops\n{"text": "b"}\n', "row 2 of a.jsonl (line 2) is not"),
        ("a.jsonl", b'{"text": "a"}\n{"text": 5}\n{"text": "b"}\n', "row 2 of a.jsonl: must be a"),
        ("a.jsonl", b'{"text": "a"}\n{"id": 5}\n{"text": "b"}\n', "row 2 of a.jsonl: must be a"),
        ("a.jsonl", b'{"text": "a"}\n{"text": "\\ud83d"}\n{"text": "b"}\n', "row 2 of a.jsonl: h"),
    ],
)
def test_a_bad_row_says_what_is_wrong_and_the_next_ones_come(name, content, problem, tmp_path):
    (tmp_path / name).write_bytes(content)
    first, bad, last = unlabelled_rows(tmp_path / name, "text")
    assert (first.raw, last.raw, first.problem, last.problem) == ("a", "b", "", "")
    assert bad.problem.startswith(problem) and "source." not in bad.problem


def test_a_table_with_its_own_separator_and_without_quotation_marks(tmp_path):
    (tmp_path / "a.csv").write_text('text;id\n"so" she said, really;1\n')
    (row,) = unlabelled_rows(tmp_path / "a.csv", "text", separator=";", quote=None)
    assert row == Row(1, '"so" she said, really')


def test_a_quotation_mark_that_is_never_closed_does_not_end_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr("lightning_contrast.files.delimited.LONGEST", 100)
    lines = ["text", "a", '"open', *(f"row {n}" for n in range(100))]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    rows = list(unlabelled_rows(tmp_path / "a.csv", "text"))
    assert "field larger than field limit (100)" in rows[1].problem
    assert rows[-1].raw == "row 99" and not rows[-1].problem
    assert 80 < len(rows) < 100, "only as many rows are lost as fill a field"


@pytest.mark.parametrize(
    ("name", "content", "more", "said"),
    [
        ("a.txt", "", {}, "a.txt is empty: it must hold at least one text"),
        ("a.csv", "", {}, "a.csv is empty"),
        ("a.csv", "text\n", {}, "a.csv is empty: it must hold at least one text"),
        ("a.jsonl", "\n", {}, "a.jsonl is empty"),
        ("a.csv", "body\nx\n", {}, "its columns are: body. Set text_column to one of them"),
        ("a.jsonl", '{"body": 1}', {}, "its columns are: body. Set text_column to one of them"),
        ("a.csv", "text\nx\n", {"id_column": "id"}, "Set id_column to one of them"),
        ("a.docx", "x", {}, "must end in .txt, .text, .csv"),
        ("a.json", "[]", {}, "a.json is empty"),
        ("a.xml", "x", {}, "convert it, or say what it is with kind=lines"),
        (
            "a.txt",
            "x",
            {"kind": "xml"},
            "must be one of lines, csv, tsv, jsonl, json, parquet, xlsx",
        ),
        ("a.txt", "x", {"encoding": "x"}, "got 'x': set encoding=utf-8"),
        ("a.txt", "xyz", {"encoding": "utf-16"}, "is not utf-16"),
        ("a.parquet", "x", {}, "is not a Parquet file"),
        ("a.png", "x", {}, "is an image, but the checkpoint reads texts"),
        (".", "", {}, "is a folder, but the checkpoint reads texts"),
    ],
)
def test_an_input_that_is_none_of_texts(name, content, more, said, tmp_path):
    if name != ".":
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError) as error:
        list(unlabelled_rows(tmp_path / name, "text", **more))
    assert said in str(error.value) and "source." not in str(error.value)


def test_an_input_that_is_none_of_images_or_of_a_pipe(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("text\nx\n")
    (tmp_path / "none").mkdir()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    for path, modality, kind, said in [
        (tmp_path / "a.csv", "image", None, "is a table, but the checkpoint reads images"),
        (tmp_path / "none", "image", None, "holds no images"),
        (tmp_path / "nowhere", "image", None, "does not exist"),
        ("-", "text", None, "the standard input is empty: it must hold at least one text"),
        ("-", "image", None, "the standard input is empty: it must hold at least one image"),
        ("-", "text", "parquet", "can't be read from a pipe"),
    ]:
        with pytest.raises(InputError) as error:
            list(unlabelled_rows(path, modality, kind=kind))
        assert said in str(error.value)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "lines", "parquet"])
def test_a_large_file_is_never_in_memory(kind, tmp_path):
    path, text, rows = tmp_path / "large", "word " * 4000, 1500
    line = {"csv": f"{text}\n", "lines": f"{text}\n", "jsonl": json.dumps({"text": text}) + "\n"}
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetWriter(path, pa.schema([("text", pa.string())])) as writer:
            for start in range(0, rows, 100):
                texts = [f"{row} {text}" for row in range(start, start + 100)]
                writer.write_table(pa.table({"text": texts}))
    else:
        with path.open("w") as file:
            file.write("text\n" * (kind == "csv"))
            file.writelines(line[kind] for _ in range(rows))
        assert path.stat().st_size > 29e6
    tracemalloc.start()
    seen = sum(len(row.raw) for row in unlabelled_rows(path, "text", kind=kind))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen >= rows * len(text) - rows
    # 256 rows of Parquet come at a time
    assert peak < (15e6 if kind == "parquet" else 4e6)
