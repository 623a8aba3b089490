"""Unit vectors of new rows, with ids, from checkpoints of short runs."""

import csv

import numpy as np
import pytest

from lightning_contrast.commands.embed import embed, main
from lightning_contrast.errors import InputError
from lightning_contrast.files.row import Row
from lightning_contrast.runtime.csv_cells import read_csv
from tests.inference.commands import called

TEXTS = ["Shares fell on Monday.", "The striker scored twice.", "The film won three awards."]


def ids(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_npy_holds_the_classifiers_embedding_and_the_ids_stand_beside_it(
    bbc_run, bbc, tmp_path, capsys
):
    (tmp_path / "a.csv").write_text("id,text\n" + "".join(f"x{t[0]},{t}\n" for t in TEXTS))
    out = tmp_path / "vectors.npy"
    words = (f"checkpoint={bbc_run}/checkpoints/best.ckpt", f"input={tmp_path}/a.csv")
    assert called(main, *words, f"output={out}", "id_column=id", "batch_size=2") == 0
    assert capsys.readouterr().out == f"3 rows embedded, 0 skipped: {out}\n"
    vectors = np.load(out)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, bbc.embed(TEXTS).numpy(), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    names = ids(tmp_path / "vectors.ids.csv")
    assert [(row["row"], row["id"]) for row in names] == [("1", "xS"), ("2", "xT"), ("3", "xT")]


def test_parquet_holds_rows_ids_and_vectors_of_images(digits, tmp_path):
    import pyarrow.parquet as pq

    images = [np.random.default_rng(n).random((8, 8), dtype=np.float32) for n in range(5)]
    rows = [Row(n + 1, image, id=f"image {n}") for n, image in enumerate(images)]
    assert embed(digits, rows, tmp_path / "v.parquet", batch_size=2) == (5, 0)
    table = pq.read_table(tmp_path / "v.parquet")
    assert table.column("row").to_pylist() == [1, 2, 3, 4, 5]
    assert table.column("id").to_pylist() == [f"image {n}" for n in range(5)]
    vectors = np.stack(table.column("embedding").to_pylist())
    np.testing.assert_allclose(vectors, digits.embed(images).numpy(), atol=1e-5)


@pytest.mark.parametrize("suffix", ["npy", "parquet", "csv"])
def test_after_ctrl_c_the_file_so_far_can_be_read(suffix, bbc, tmp_path, capsys):
    def interrupted():
        yield from TEXTS[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(bbc, interrupted(), tmp_path / f"v.{suffix}", batch_size=1)
    assert "stopped after row 2" in capsys.readouterr().err
    partial = tmp_path / f"v.{suffix}.partial"
    if suffix == "npy":
        with partial.open("rb") as file:
            vectors = np.load(file)
        assert [row["row"] for row in ids(tmp_path / "v.ids.csv.partial")] == ["1", "2"]
    elif suffix == "csv":
        vectors = np.array([row[2:] for row in list(read_csv(partial))[1:]], dtype=np.float32)
    else:
        import pyarrow.parquet as pq

        vectors = np.stack(pq.read_table(partial).column("embedding").to_pylist())
    np.testing.assert_allclose(vectors, bbc.embed(TEXTS[:2]).numpy(), atol=1e-6)


@pytest.mark.parametrize("suffix", ["npy", "parquet", "csv"])
def test_bad_rows_are_left_out_and_strict_leaves_nothing(suffix, bbc, tmp_path, capsys):
    out = tmp_path / f"v.{suffix}"
    assert embed(bbc, [TEXTS[0], " ", TEXTS[1]], out) == (2, 1)
    assert capsys.readouterr().err.startswith("row 2 is not a text but ' '")
    out.rename(tmp_path / "kept")
    with pytest.raises(InputError, match="row 2 is not a text"):
        embed(bbc, [TEXTS[0], " ", TEXTS[1]], out, strict=True, batch_size=1)
    with pytest.raises(InputError, match="no row can be read: row 1 is not a text"):
        embed(bbc, [" ", ""], out)
    assert not list(tmp_path.glob("v.*.partial")) and not out.exists()
    with pytest.raises(InputError, match=r"must end in \.npy, \.parquet or \.csv: name it v\.npy"):
        embed(bbc, TEXTS, tmp_path / "v.txt")


def test_csv_holds_row_id_and_dimensions_and_no_id_that_a_spreadsheet_evaluates(bbc, tmp_path):
    out = tmp_path / "v.csv"
    rows = [Row(n + 1, text, id=f"=id({n})") for n, text in enumerate(TEXTS)]
    assert embed(bbc, rows, out, batch_size=2) == (3, 0)
    width = bbc.projector.out_features
    header, *lines = read_csv(out)
    assert header == ["row", "id", *map(str, range(width))]
    assert [line[:2] for line in lines] == [["1", "=id(0)"], ["2", "=id(1)"], ["3", "=id(2)"]]
    vectors = np.array([line[2:] for line in lines], dtype=np.float32)
    np.testing.assert_allclose(vectors, bbc.embed(TEXTS).numpy(), atol=1e-6)
    text = out.read_text()
    assert "1,'=id(0)," in text and "'-" not in text  # a number is no formula
