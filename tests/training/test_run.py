"""A run from its config to its files, and what is done with its checkpoint."""

import gc
import json
from pathlib import Path

import pytest
import torch

from lightning_contrast.commands.evaluate import evaluate
from lightning_contrast.errors import InputError
from lightning_contrast.modules.network import Network
from lightning_contrast.training.run import train
from tests.runs import composed, write_news

METRICS = ["accuracy", "macro_f1", "ece", "knn_accuracy", "recall_at_1", "map_at_r"]
SMALL = [
    "quiet=true",
    "datamodule.batch_size=30",
    "trainer.max_epochs=4",
    "trainer.accelerator=cpu",
]


def text_run(folder: Path, *overrides: str) -> dict:
    table = write_news(folder / "news.csv")
    return composed(
        "source=table",
        f"source.path={table}",
        "logger=csv",
        *SMALL,
        "optimizer.lr=0.02",
        *overrides,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    return folder, train(text_run(folder, "baselines=true"), folder / "run")


def test_a_run_leaves_its_result_report_and_checkpoints(trained):
    folder, result = trained
    saved = json.loads((folder / "run" / "result.json").read_text())
    assert saved == result
    for split in ("validation", "test"):
        for metric in METRICS:
            assert 0 <= result[f"{split}/{metric}"] <= 1
        assert result[f"baseline/cross_entropy/{split}/accuracy"] > 0.5
        assert result[f"baseline/tfidf_svm/{split}/accuracy"] > 0.5
        assert 0 <= result[f"baseline/untrained/{split}/accuracy"] <= 1
    assert result["test/accuracy"] > 0.9, "classes with words of their own are easy"
    assert result["train/steps"] > 0 and result["train/seconds"] > 0
    assert result["rows/train"] + result["rows/validation"] + result["rows/test"] == 90
    assert result["parameters"] > 1000 and result["seed"] == 0
    files = {p.relative_to(folder / "run").as_posix() for p in (folder / "run").rglob("*")}
    names = ("run_curves", "run_projection", "accuracy_confusion", "accuracy_reliability")
    plots = {f"evaluation/plots/{name}.png" for name in names}
    pages = {"report.html", "evaluation/report.html", "model_card.md"}
    written = {"evaluation/metrics.json", *pages, *plots}
    assert {"checkpoints/best.ckpt", "checkpoints/last.ckpt", *written} <= files


def test_a_run_begins_without_the_network_of_the_one_before(tmp_path):
    def networks():
        return sum(type(thing) is Network for thing in gc.get_objects())

    gc.collect()
    others = networks()
    gc.disable()  # the interpreter comes round to it when it has made enough small objects
    try:
        for run in "ab":
            (tmp_path / run).mkdir()
            train(text_run(tmp_path / run, "trainer.max_epochs=1"), tmp_path / run / "run")
            assert networks() - others <= 1
    finally:
        gc.enable()


def test_the_same_seed_gives_the_same_run_bit_for_bit(trained, tmp_path):
    folder, first = trained
    again = train(text_run(tmp_path), tmp_path / "run")
    compared = [key for key in again if not key.endswith(("seconds", "_mib"))]
    assert len(compared) > 20
    assert {key: first[key] for key in compared} == {key: again[key] for key in compared}
    weights = [
        torch.load(run / "run" / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
        for run in (folder, tmp_path)
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    other = train(text_run(tmp_path, "seed=1"), tmp_path / "other")
    assert other["test/uniformity"] != first["test/uniformity"]


def test_evaluating_the_checkpoint_gives_the_figures_of_the_run(trained, tmp_path):
    folder, result = trained
    again, _ = evaluate(folder / "run" / "checkpoints" / "best.ckpt", tmp_path)
    same = {k: v for k, v in result.items() if k in again and k[:5] in ("test/", "valid")}
    assert len(same) >= 16
    assert {key: again[key] for key in same} == pytest.approx(same, abs=1e-6)
    assert (tmp_path / "evaluation" / "report.html").is_file()


def test_evaluating_on_another_source_matches_classes_by_name(trained, tmp_path):
    folder, _ = trained
    checkpoint = folder / "run" / "checkpoints" / "best.ckpt"
    lines = (folder / "news.csv").read_text().splitlines()
    table = tmp_path / "other.csv"
    table.write_text("\n".join([lines[0], *(x for x in reversed(lines[1:]) if "class 0" not in x)]))
    source = composed("source=table", f"source.path={table}")["source"]
    assert evaluate(checkpoint, tmp_path / "other", source)[0]["test/accuracy"] > 0.9
    table.write_text(table.read_text().replace("class 1", "class 7"))
    with pytest.raises(InputError, match="does not know: class 7"):
        evaluate(checkpoint, tmp_path / "other", source)


def test_images_train_with_pictures_of_neighbours(tmp_path):
    run = composed("modality=image", "source.per_class=12", "logger=csv", *SMALL, "head=probe")
    result = train(run, tmp_path)
    assert result["test/accuracy"] > 0.3, "three times chance after a few steps"
    assert (tmp_path / "evaluation" / "plots" / "run_neighbours.png").is_file()


def test_a_run_that_never_validates_keeps_its_last_weights(tmp_path):
    run = text_run(tmp_path, "trainer.max_epochs=1", "trainer.check_val_every_n_epoch=2")
    assert "test/accuracy" in train(run, tmp_path / "run")
