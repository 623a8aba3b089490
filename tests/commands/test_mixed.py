"""A network of pictures and captions in every command."""

import csv
import json

import numpy as np
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer

from lightning_contrast.commands import evaluate
from lightning_contrast.commands.embed import embed
from lightning_contrast.commands.export import export
from lightning_contrast.commands.predict import predict
from lightning_contrast.commands.search import search
from lightning_contrast.errors import InputError
from lightning_contrast.inference.found import as_json
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.inference.run_rows import run_rows
from lightning_contrast.inference.unlabelled import unlabelled_rows
from lightning_contrast.modules import load
from lightning_contrast.modules.checkpoint import KEY
from lightning_contrast.training.run import train
from tests.made_captions import COLOURS, write_captions
from tests.offline_runs import table
from tests.runs import composed

pytestmark = pytest.mark.slow  # it trains, draws a report and exports


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run of CLIP on squares; its folder and what ``result.json`` holds."""
    folder = tmp_path_factory.mktemp("clip")
    write_captions(folder / "pictures", rows=160)
    words = ["modality=mixed", "recipe=clip", f"source.path={folder}/pictures/captions.jsonl"]
    words += ["source.identity_column=kind", "source.group_column=id", "source.size=16"]
    words += ["source.caption_columns=[title]", "source.identity_column=title"]
    words += ["source.split_column=side", "view=identity", "logger=csv", "quiet=true"]
    words += ["trainer.max_epochs=12", "datamodule.batch_size=16", "source.label_column=label"]
    words += ["trainer.accelerator=cpu"]
    lines = (folder / "pictures/captions.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row["side"] = ("train", "train", "train", "validation", "test")[row["id"] // 8 % 5]
    (folder / "pictures/captions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder, train(composed(*words), folder / "run")


@pytest.fixture(scope="module")
def network(run):
    return load(run[0] / "run/checkpoints/best.ckpt")


def test_a_network_without_a_head_has_no_label_in_python_either(network):
    with pytest.raises(InputError, match="knows no classes: use embed or search"):
        network.predict(["a big red square"])


def test_pictures_and_captions_find_each_other_beyond_chance(run):
    folder, result = run
    assert result["rows/captions"] == 8 and result["rows/test"] == 32
    assert result["test/to_partner_recall_at_1"] > 0.6  # of eight captions
    assert result["test/from_partner_recall_at_1"] > 0.6
    found = json.loads((folder / "run/evaluation/metrics.json").read_text())
    flat = json.dumps(found)
    assert "retrieval/to_partner/recall_at_1" in flat and "zero_shot/accuracy" in flat
    page = (folder / "run/report.html").read_text()
    assert "has no head" not in page and "a big red square" in page
    assert "row to partner" in (folder / "run/model_card.md").read_text()
    match = found.get("retrieval", found)
    match = {name.rpartition("/")[2]: v for name, v in match.items() if "retrieval/match/" in name}
    assert 0 <= match["brier"] < 0.25 and 0 <= match["ece"] <= 1 and match["f1"] > 0.5
    assert match["threshold"] == result["calibration/match_threshold"]


def test_how_likely_two_rows_belong_together_is_kept_as_plain_values_and_told(run, network):
    kept = torch.load(run[0] / "run/checkpoints/best.ckpt", weights_only=True)[KEY]["matching"]
    assert kept == list(network.matching) and all(type(value) is float for value in kept)
    index = Index.of(network, run_rows(network))
    (found,) = search(network, index, ["a big green square"], k=96)
    near = json.loads(as_json(found))["neighbours"]
    cosines = torch.tensor([each["similarity"] for each in near])
    expected = network.matching.probability(cosines)
    assert [each["match"] for each in near] == pytest.approx(expected.tolist())
    assert near[0]["match"] > near[-1]["match"]
    named = network.prompted(list(COLOURS), ["a big {} square"])
    (said,) = named.predict([run[0] / "pictures/0.png"])
    cosine = network.embed([run[0] / "pictures/0.png", f"a big {said.label} square"]).prod(0).sum()
    assert said.match == pytest.approx(network.matching.probability(cosine).item(), abs=1e-5)


def test_a_text_finds_pictures_and_a_picture_texts(run, network):
    index = Index.of(network, run_rows(network))
    assert len(index.rows) == 96 + 8
    (found,) = search(network, index, ["a big green square"], k=5)
    assert found.label is None
    assert all(near.input.endswith(".png") for near in found.neighbours)
    assert sum(near.label == "green" for near in found.neighbours) >= 4
    picture = run[0] / "pictures/0.png"
    rows = unlabelled_rows(picture, "mixed")
    (found,) = search(network, index, rows, k=2)
    assert found.neighbours[0].input == "a big red square"


def test_rows_of_both_kinds_are_embedded_as_each_alone(run, network, tmp_path):
    folder = run[0] / "pictures"
    pictures = [folder / f"{i}.png" for i in range(3)]
    both = [pictures[0], "a small blue square", pictures[1], "red", pictures[2]]
    vectors = network.embed(both)
    for place, row in enumerate(both):
        torch.testing.assert_close(vectors[place], network.embed([row])[0], atol=1e-5, rtol=0)
    (tmp_path / "texts.txt").write_text("a big red square\n")
    embed(network, unlabelled_rows(tmp_path / "texts.txt", "mixed"), tmp_path / "texts.npy")
    embed(network, unlabelled_rows(folder, "mixed"), tmp_path / "pictures.npy")
    assert np.load(tmp_path / "texts.npy").shape == (1, 128)
    assert np.load(tmp_path / "pictures.npy").shape == (160, 128)


def test_a_broken_picture_is_left_out_and_the_others_keep_their_vectors(run, network, tmp_path):
    folder = tmp_path / "some"
    folder.mkdir()
    for name in ("0.png", "2.png"):
        (folder / name).write_bytes((run[0] / "pictures" / name).read_bytes())
    (folder / "1.png").write_text("no picture")
    embed(network, unlabelled_rows(folder, "mixed"), tmp_path / "some.npy")
    alone = network.embed([folder / "0.png", folder / "2.png"])
    np.testing.assert_allclose(np.load(tmp_path / "some.npy"), alone.numpy(), atol=1e-5)


def test_classes_are_told_by_their_names(run, network, tmp_path):
    with pytest.raises(InputError, match="trained without a head"):
        predict(network, ["red"], tmp_path / "labels.csv")
    named = network.prompted(list(COLOURS), ["a big {} square", "a small {} square"])
    folder = run[0] / "pictures"
    predict(named, unlabelled_rows(folder, "mixed"), tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    truth = {f"{i}.png": list(COLOURS)[i % 4] for i in range(160)}
    assert all(0 <= float(row["match"]) <= 1 for row in rows)
    right = [row["label"] == truth[row["input"].rpartition("/")[2]] for row in rows]
    assert np.mean(right) > 0.8
    for classes, templates in ((["one"], ["{}"]), (["a", "b"], ["no place"]), (["a", "b"], [])):
        with pytest.raises(InputError) as caught:
            network.prompted(classes, templates)
        assert "\n" not in str(caught.value)


def test_each_tower_is_exported_and_agrees(run, network, tmp_path):
    done = export(network, tmp_path / "out")
    assert {str(file.relative_to(tmp_path / "out")) for file in done.files} >= {
        "image/model.onnx",
        "text/model.onnx",
        "text/tokenizer.json",
    }
    assert max(done.difference.values()) < 1e-5
    texts = ["a big red square", "nothing known"]
    encoded = Tokenizer.from_file(str(tmp_path / "out/text/tokenizer.json")).encode_batch(texts)
    session = onnxruntime.InferenceSession(str(tmp_path / "out/text/model.onnx"))
    ids, mask = (np.array([getattr(e, n) for e in encoded]) for n in ("ids", "attention_mask"))
    (embedding,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    np.testing.assert_allclose(embedding, network.embed(texts).numpy(), atol=1e-5)


def test_a_row_of_no_kind_is_named(network):
    with pytest.raises(InputError, match="is no image but int"):
        network.embed(["fine", 5])
    with pytest.raises(InputError, match="row 0 is not a text but ''"):
        network.embed([""])


def test_dashboards_have_tables_of_what_was_found(run, tmp_path, monkeypatch):
    folder, _ = run
    monkeypatch.setenv("WANDB_MODE", "offline")
    words = [f"checkpoint={folder}/run/checkpoints/best.ckpt", "protocols=[retrieval]"]
    evaluate.main([*words, "logger=wandb", "quiet=true", f"hydra.run.dir={tmp_path}"])
    columns, rows = table(tmp_path, "tables/retrieval_found")
    assert columns[:3] == ["query", "its own", "found 1"] and len(rows) == 12
    assert rows[0][0]["_type"] == "image-file" and rows[0][2].startswith("a ")
    columns, rows = table(tmp_path, "tables/retrieval_found_rows")
    assert rows[0][0].startswith("a ") and rows[0][2]["_type"] == "image-file"
    assert table(tmp_path, "tables/retrieval_retrieval")[0][1] == "recall@1"
