"""Embeddings in fewer bytes: what is stored, what is found, in every file and by the command."""

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from lightning_contrast.commands.embed import embed, main
from lightning_contrast.errors import InputError
from lightning_contrast.inference.compact import Compact
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.inference.run_rows import run_rows
from tests.inference.commands import called

TEXTS = ["Shares fell on Monday.", "The striker scored twice.", "The film won three awards."]


def vectors(rows=400, width=24, seed=0):
    """Rows around forty centres, so that each has neighbours."""
    generator = torch.Generator().manual_seed(seed)
    centre = torch.randn(40, width, generator=torch.Generator().manual_seed(9))
    noise = torch.randn(rows, width, generator=generator)
    return normalize(centre[torch.arange(rows) % 40] + 0.5 * noise, dim=1)


def test_binary_is_the_ubinary_of_sentence_transformers():
    from sentence_transformers.util.quantization import quantize_embeddings

    for width in (24, 19):
        found = vectors(width=width)
        expected = quantize_embeddings(found.numpy(), "ubinary")
        assert np.array_equal(Compact(width, precision="binary").of(found), expected)


def test_whole_numbers_keep_the_direction_of_a_vector():
    found = vectors()
    stored = Compact(24, precision="int8").of(found)
    assert stored.dtype == np.int8 and np.abs(stored).max(1).min() == 127
    again = normalize(torch.from_numpy(stored).float(), dim=1)
    assert (again - found).abs().max() < 0.5 / 127 * 2
    assert not Compact(2, precision="int8").of(torch.zeros(1, 2)).any()


def test_the_first_numbers_are_unit_vectors_again():
    found = torch.from_numpy(Compact(24, dim=8).of(vectors()))
    torch.testing.assert_close(found, normalize(vectors()[:, :8], dim=1))
    assert Compact(24, 9, "binary").of(vectors()).shape == (400, 2)


def index_of(precision, dim=None):
    compact, rows = Compact(24, dim, precision), np.arange(400)
    stored = compact.of(vectors())
    return Index(stored, rows, rows * 0, ["a"], [""] * 400, compact=compact)


@pytest.mark.parametrize("dim", [None, 16])
@pytest.mark.parametrize("precision", ["float32", "int8", "binary"])
def test_queries_in_floats_find_what_a_loop_over_the_stored_rows_finds(precision, dim):
    index, queries = index_of(precision, dim), vectors(rows=7, seed=3)
    asked = normalize(queries[:, :dim], dim=1).double().numpy()
    rows = normalize(vectors()[:, :dim], dim=1).numpy()
    if precision == "int8":
        rows = np.stack([np.round(row * np.float32(127) / np.abs(row).max()) for row in rows])
    if precision == "binary":
        rows = np.where(rows > 0, 1.0, -1.0)
    cosine = asked @ (rows / np.linalg.norm(rows, axis=1, keepdims=True)).T
    for near, row in zip(index.nearest(queries, k=5), cosine, strict=True):
        similar = [one.similarity for one in near]
        assert similar == pytest.approx(np.sort(row)[::-1][:5], abs=1e-5)
        assert similar == pytest.approx([row[one.row - 1] for one in near], abs=1e-5)


def test_fewer_bits_find_most_of_the_same_neighbours():
    queries, exact = vectors(rows=40, seed=3), index_of("float32")
    best = [{one.row for one in near} for near in exact.nearest(queries, k=10)]
    shares = []
    for precision in ("int8", "binary"):
        found = index_of(precision).nearest(queries, k=10)
        same = [len(a & {one.row for one in near}) for a, near in zip(best, found, strict=True)]
        shares.append(sum(same) / 400)
    assert shares[0] > 0.97 and 0.6 < shares[1] < shares[0]


def test_rescored_candidates_are_those_of_exact_search_again():
    queries, exact = vectors(rows=40, seed=3), index_of("float32")
    best = [[one.row for one in near] for near in exact.nearest(queries, k=10)]
    shares = []
    for rescore in (1, 2, 4):
        index = index_of("binary")
        index.exact, index.rescore = (vectors().numpy(), rescore) if rescore > 1 else (None, 1)
        found = [[one.row for one in near] for near in index.nearest(queries, k=10)]
        shares.append(sum(len({*a} & {*b}) for a, b in zip(best, found, strict=True)) / 400)
    assert shares[0] < shares[1] < shares[2] and shares[2] > 0.95
    index.rescore = 40  # all rows are candidates
    near = index.nearest(queries, k=10)
    assert [[one.row for one in each] for each in near] == best
    ours, theirs = (
        [[one.similarity for one in e] for e in i.nearest(queries)] for i in (index, exact)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_search_keeps_float_vectors_to_rescore(bbc):
    splits = run_rows(bbc)
    index = Index.of(bbc, splits, precision="binary", rescore=8)
    exact = Index.of(bbc, splits)
    np.testing.assert_allclose(index.exact, exact.embedding, atol=1e-6)
    queries = bbc.embed(TEXTS)
    for ours, theirs in zip(index.nearest(queries), exact.nearest(queries), strict=True):
        assert ours[0] == theirs[0]._replace(similarity=pytest.approx(theirs[0].similarity))
    with pytest.raises(InputError, match="set precision=int8 or precision=binary, or rescore=null"):
        Index.of(bbc, splits, rescore=2)


@pytest.mark.parametrize(
    ("precision", "kind", "columns"), [("int8", np.int8, 64), ("binary", np.uint8, 8)]
)
def test_every_file_holds_the_stored_numbers(precision, kind, columns, bbc, tmp_path):
    import pyarrow.parquet as pq

    expected = Compact(128, 64, precision).of(bbc.embed(TEXTS))
    assert expected.dtype == kind and expected.shape == (3, columns)
    for suffix in ("npy", "parquet", "csv"):
        embed(bbc, TEXTS, tmp_path / f"v.{suffix}", dim=64, precision=precision)
    assert np.array_equal(np.load(tmp_path / "v.npy"), expected)
    table = pq.read_table(tmp_path / "v.parquet").column("embedding").to_pylist()
    assert np.array_equal(np.array(table), expected)
    text = np.loadtxt(tmp_path / "v.csv", delimiter=",", skiprows=1)[:, 2:]
    assert np.array_equal(text, expected)


def test_the_command_says_what_can_not_be(bbc_run, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("\n".join(TEXTS))
    words = (f"checkpoint={bbc_run}/checkpoints/best.ckpt", f"input={tmp_path}/a.txt")
    out = f"output={tmp_path}/v.npy"
    assert called(main, *words, out, "dim=32", "precision=binary") == 0
    assert np.load(tmp_path / "v.npy").shape == (3, 4)
    assert called(main, *words, out, "dim=500") == 2
    assert "dim must be from 1 to 128, the numbers of the embedding, got 500" in (
        capsys.readouterr().err
    )
    assert called(main, *words, out, "precision=int4") == 2
    assert "precision" in capsys.readouterr().err


def test_another_precision_is_refused_from_python():
    with pytest.raises(InputError, match=r"precision must be one of float32, int8, binary, got"):
        Compact(4, precision="int4")
