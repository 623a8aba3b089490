"""Vectors in a LanceDB table, against the search in memory and a brute-force one."""

import json

import numpy as np
import pytest
import torch

from lightning_contrast.commands.search import main
from lightning_contrast.errors import InputError
from lightning_contrast.inference.compact import Compact
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.inference.on_disk import IndexOnDisk, _table
from lightning_contrast.inference.run_rows import run_rows
from tests.inference.commands import called

TEXTS = ["Shares fell on Monday.", "The striker scored twice in the cup final."]


def made(folder, vectors, compact, kind=None):
    """Rows with these vectors, every third of them without a label."""
    count = len(vectors)
    label = np.arange(count) % 3 - 1
    columns = {
        "place": np.arange(count),
        "row": np.arange(count),
        "label": [None] * count,
        "kind": [None] * count if kind is None else kind.tolist(),
        "vector": list(compact.of(vectors)),
    }
    table = _table(folder, compact.kept, lambda: iter([columns]), "of the test")
    held = (np.arange(count), label, ("a", "b"), [""] * count, kind, None)
    return IndexOnDisk(table, compact, *held)


@pytest.mark.parametrize("similarity", ["cosine", "dot", "euclidean"])
def test_neighbours_are_those_of_the_index_in_memory(similarity, tmp_path):
    generator = torch.Generator().manual_seed(0)
    vectors, query = (torch.randn(n, 6, generator=generator) for n in (40, 3))
    if similarity == "cosine":
        vectors, query = (torch.nn.functional.normalize(rows, dim=1) for rows in (vectors, query))
    compact = Compact(6, similarity=similarity)
    kind = np.array(["picture", "text"] * 20)
    on_disk = made(tmp_path, vectors, compact, kind)
    held = (on_disk.rows, on_disk.label, ("a", "b"), [""] * 40, kind)
    in_memory = Index(compact.of(vectors), *held, compact)
    for kinds in (None, ["text", "picture", "text"]):
        found, true = (one.nearest(query, 4, kinds) for one in (on_disk, in_memory))
        for near, expected in zip(found, true, strict=True):
            assert [n.row for n in near] == [n.row for n in expected]
            assert [n.label for n in near] == [n.label for n in expected]
            close = pytest.approx([n.similarity for n in expected], abs=1e-5)
            assert [n.similarity for n in near] == close


def test_the_recall_of_an_approximate_index_is_measured(tmp_path, monkeypatch):
    vectors = torch.nn.functional.normalize(torch.randn(3000, 8), dim=1)
    index = made(tmp_path, vectors, Compact(8))
    assert index.recall == 1
    monkeypatch.setattr("lightning_contrast.inference.on_disk.PROBES", 1)
    index.approximate()
    few = index.recall
    monkeypatch.setattr("lightning_contrast.inference.on_disk.PROBES", 55)  # all parts
    index.approximate()
    assert 0 < few < 0.9 and index.recall > 0.99


def test_a_row_is_no_neighbour_of_itself_in_the_recall(tmp_path, monkeypatch):
    """On a circle a part holds the neighbours of its middle, and loses those over its border."""
    angle = torch.arange(400) / 400 * 2 * torch.pi
    vectors = torch.stack([angle.cos(), angle.sin()], dim=1)
    index = made(tmp_path, vectors, Compact(2))
    monkeypatch.setattr("lightning_contrast.inference.on_disk.PROBES", 1)
    monkeypatch.setattr("lightning_contrast.inference.on_disk.ASKED", 400)
    index.approximate()
    hits = 0
    for row in range(400):
        near = index._found(vectors[row : row + 1], 11, None)[1][0].tolist()
        true = (vectors @ vectors[row]).index_fill(0, torch.tensor([row]), -2).topk(10).indices
        hits += len({*near} & {*true.tolist()})
    assert index.recall == pytest.approx(hits / 4000, abs=0.002)  # two are equally far at the rim


def test_parts_that_hold_fewer_rows_than_asked_for_are_not_the_last(tmp_path, monkeypatch):
    """A part has 20 rows in the mean."""
    vectors = torch.nn.functional.normalize(torch.randn(400, 3), dim=1)
    kind = np.array(["picture", "text"] * 200)
    index = made(tmp_path, vectors, Compact(3), kind)
    monkeypatch.setattr("lightning_contrast.inference.on_disk.PROBES", 1)
    index.approximate()
    for kinds in (None, ["text"] * 5):
        near = index.nearest(vectors[:5], 100, kinds)
        assert [len({one.row for one in found}) for found in near] == [100] * 5


@pytest.mark.parametrize("folder", ["", "s3://bucket/x"])
def test_an_index_is_a_folder_of_this_machine(folder):
    with pytest.raises(InputError, match="index must be a folder of this machine"):
        made(folder, torch.eye(3), Compact(3))


def test_a_table_that_cannot_be_read_stays_as_it_is(tmp_path):
    theirs = tmp_path / "theirs/rows.lance/notes.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    made(tmp_path / "broken", torch.eye(3), Compact(3))
    for file in (tmp_path / "broken/rows.lance/data").iterdir():
        file.unlink()
    for name in ("theirs", "broken"):
        with pytest.raises(InputError, match=f"index=.*{name} holds rows.lance, which can't be"):
            made(tmp_path / name, torch.eye(3), Compact(3))
    assert theirs.read_text() == "mine"


def test_a_command_finds_the_same_rows_on_disk(bbc, bbc_run, tmp_path, capsys):
    (tmp_path / "new.txt").write_text("\n".join(TEXTS))
    words = (f"checkpoint={bbc_run}/checkpoints/best.ckpt", f"input={tmp_path}/new.txt", "-q")
    found = []
    for name, where in (("memory", "null"), ("disk", tmp_path / "vectors")):
        out = tmp_path / f"{name}.jsonl"
        assert called(main, *words, f"index={where}", f"output={out}") == 0
        lines = [json.loads(line)["neighbours"] for line in out.read_text().splitlines()]
        found.append([[near["row"] for near in line] for line in lines])
    assert found[0] == found[1] and len(found[0]) == 2
    import lancedb

    table = lancedb.connect(tmp_path / "vectors").open_table("rows")
    assert table.count_rows() == len(run_rows(bbc).train)
    version = table.version
    assert called(main, *words, f"index={tmp_path}/vectors", "k=1", f"output={out}") == 0
    assert lancedb.connect(tmp_path / "vectors").open_table("rows").version == version, "reused"
    capsys.readouterr()
    assert called(main, *words, f"index={tmp_path}/vectors", "precision=int8") == 2
    assert "set precision=float32 and rescore=null" in capsys.readouterr().err
    other = tmp_path / "theirs"
    lancedb.connect(other).create_table("rows", data=[{"price": 3}])
    assert called(main, *words, f"index={other}") == 2
    assert "give a new folder, or delete" in capsys.readouterr().err
    assert lancedb.connect(other).open_table("rows").to_arrow().to_pylist() == [{"price": 3}]
