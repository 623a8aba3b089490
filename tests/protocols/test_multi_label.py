"""A run on rows with several labels, from the table to predictions and their evaluation."""

import json
import random

import numpy as np
import pytest

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.commands.predict import predict
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.load import load_subject
from lightning_contrast.files.row import Row
from lightning_contrast.modules import load
from lightning_contrast.protocols.accuracy import Accuracy
from lightning_contrast.protocols.multi_label import MultiLabel
from lightning_contrast.rows.label_sets import rarest
from lightning_contrast.training.run import train
from tests.conftest import QUICK
from tests.runs import composed, write_news

LABELS = ("music", "sport", "trade")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Texts of eight words, of which each label of the text has its own."""
    draw, path = random.Random(0), tmp_path_factory.mktemp("rows") / "rows.jsonl"
    rows = []
    for _ in range(400):
        labels = draw.sample(LABELS, draw.choice([0, 1, 1, 2, 3]))
        words = [f"{draw.choice(labels or ['other'])}{draw.randrange(20)}" for _ in range(8)]
        rows.append({"text": " ".join(words), "label": labels})
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def config(table, *words):
    return composed(
        "recipe=multi_label",
        "source=table",
        f"source.path={table}",
        "source.multi_label=true",
        *words,
    )


@pytest.fixture(scope="module")
def run(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("multi") / "run"
    return folder, train(config(table, "trainer.max_epochs=25", *QUICK), folder)


def test_the_labels_are_learnt_and_measured(run):
    folder, result = run
    assert result["test/micro_f1"] > 0.8 and result["test/label_map"] > 0.85
    assert 0 <= result["test/label_ece"] < 0.3 and "test/accuracy" not in result
    page = (folder / "report.html").read_text()
    assert "all labels of a row right" in page and "threshold" in page


def test_predictions_are_sets_that_may_be_empty(run, tmp_path):
    network = load(run[0] / "checkpoints/best.ckpt")
    assert tuple(network.classes) == LABELS
    texts = ["music1 music2 sport3 sport4 music5 sport6", "other1 other2 other3 other4 other5"]
    both, none = network.predict(texts)
    assert both.label == ["music", "sport"] and none.label == []
    rows = [Row(number, text) for number, text in enumerate(texts, start=1)]
    for name in ("found.jsonl", "found.csv"):
        assert predict(network, rows, tmp_path / name).labelled == 2
    first = json.loads((tmp_path / "found.jsonl").read_text().splitlines()[0])
    assert first["label"] == ["music", "sport"] and set(first["probabilities"]) == set(LABELS)
    assert ",music; sport," in (tmp_path / "found.csv").read_text()


def test_a_checkpoint_is_judged_again_with_its_thresholds(run, tmp_path):
    folder, result = run
    subject = load_subject(folder / "checkpoints/best.ckpt", tmp_path)
    found = MultiLabel()(subject).figures
    assert found["test/micro_f1"] == pytest.approx(result["test/micro_f1"])
    assert (subject.network.head.thresholds != 0.5).any()
    assert subject.network.head.answer not in Accuracy.judges


def test_heads_of_one_class_and_prototypes_are_refused(table):
    for words, mend in (
        (["head=linear"], "set head=multi_label"),
        (
            ["loss=cos_face", "candidates=prototypes", "pairing=label", "~pairing.weights"],
            "stand for one class each",
        ),
    ):
        run = config(table, *words)
        datamodule = build_datamodule(run)
        with pytest.raises(InputError, match=mend):
            build_module(run, datamodule)


def test_a_head_of_labels_takes_rows_of_one_label(tmp_path):
    path = write_news(tmp_path / "news.csv")
    words = ["recipe=multi_label", "source=table", f"source.path={path}"]
    run = composed(*words, "trainer.max_epochs=8", *QUICK)
    assert train(run, tmp_path / "run")["test/micro_f1"] > 0.8


def test_labels_of_two_levels_are_measured_level_by_level(tmp_path):
    lines = ["text,label"]
    draw = random.Random(0)
    for row in range(240):
        upper, lower = ("sport", "tech")[row % 2], ("one", "two")[row // 2 % 2]
        words = " ".join(
            f"{draw.choice((upper, upper + lower))}{draw.randrange(9)}" for _ in range(8)
        )
        lines.append(f"{words},{upper}/{lower}")
    (tmp_path / "x.csv").write_text("\n".join(lines))
    words = ["recipe=multi_label", "source=table", f"source.path={tmp_path / 'x.csv'}"]
    words += ["source.label_paths=true", "pairing.weights=jaccard", "trainer.max_epochs=8"]
    train(composed(*words, *QUICK), tmp_path / "run")
    found = json.loads((tmp_path / "run/evaluation/metrics.json").read_text())
    upper, lower = (found[f"test/micro_f1/level_{level}"] for level in (1, 2))
    assert upper > 0.9 and 0.5 < lower <= upper
    assert upper > found["test/micro_f1"] > lower or upper == lower
    assert found["test/accuracy/level_1"] > 0.9 and found["test/accuracy/level_2"] > 0.5


def test_rare_labels_leave_their_sets_and_case_may_be_ignored(tmp_path):
    rows = [
        {"text": f"word{n} other{n % 5}", "label": ["Sport" if n % 2 else "sport"]}
        for n in range(30)
    ]
    rows += [{"text": f"only{n} word{n}", "label": ["sport", "art"]} for n in range(9)]
    rows[0]["label"].append("rare")
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    words = ["source.min_rows=2", "source.label_case=lower"]
    with pytest.warns(UserWarning, match=r"labels with fewer rows.*'rare' \(1\)"):
        datamodule = build_datamodule(config(path, *words))
    labelled = datamodule.splits.labelled
    assert labelled.names == ("art", "sport") and labelled.classes == ("art; sport", "sport")
    assert sum(map(len, datamodule.splits[1:4])) == 39


def test_a_balanced_sampler_draws_rows_by_their_rarest_label(table):
    datamodule = build_datamodule(
        config(table, "sampler=class_balanced", "datamodule.batch_size=12")
    )
    sets, batch = datamodule.splits.labelled.sets, next(iter(datamodule.train_dataloader()))
    kinds = rarest(datamodule.splits.labelled.label, sets)[batch.index]
    drawn = np.bincount(kinds)
    assert len(np.unique(datamodule.splits.labelled.label[batch.index])) > np.count_nonzero(drawn)
    assert drawn[drawn > 0].min() == drawn.max() > 1


def test_baselines_are_a_classifier_of_each_label_and_the_run_without_its_contrast(table, tmp_path):
    words = ["trainer.max_epochs=6", "baselines=true", *QUICK]
    result = train(config(table, *words), tmp_path / "run")
    for name in ("tfidf_svm", "cross_entropy"):
        assert 0.5 < result[f"baseline/{name}/test/micro_f1"] <= 1
        assert 0 < result[f"baseline/{name}/test/macro_f1"] <= 1
    page = (tmp_path / "run/report.html").read_text()
    assert "Beside the baselines" in page and "coloured by their rarest label" in page
