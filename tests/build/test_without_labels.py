"""Rows without labels: recipes that look at none train on them, all others are refused."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.build.without_labels import watching
from lightning_contrast.commands.embed import embed
from lightning_contrast.commands.evaluate import evaluate
from lightning_contrast.commands.export import export
from lightning_contrast.commands.search import search
from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.modules import load
from lightning_contrast.protocols.embedding import EmbeddingQuality
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.sources.table import Table
from lightning_contrast.training.run import train
from tests.runs import composed, write_news

SMALL = ("quiet=true", "logger=none", "trainer.accelerator=cpu", "datamodule.batch_size=20")


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> dict[str, list[str]]:
    """Texts without a label column, and images without class folders."""
    folder = tmp_path_factory.mktemp("rows")
    with write_news(folder / "news.csv").open() as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    (folder / "texts.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    (folder / "photos").mkdir()
    random = np.random.default_rng(0)
    for row in range(60):
        pixels = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{row}.png")
    texts = ["source=table", f"source.path={folder / 'texts.jsonl'}", "source.label_column=null"]
    images = ["modality=image", "source=folder", f"source.path={folder / 'photos'}"]
    return {"text": texts, "image": [*images, "source.size=8"]}


def built(*overrides: str):
    run = composed(*SMALL, *overrides)
    datamodule = build_datamodule(run)
    return run, datamodule, build_module(run, datamodule)


@pytest.mark.parametrize(
    ("modality", "words"),
    [
        ("text", "recipe=simcse"),  # views
        ("text", "recipe=moco view=eda"),  # a queue
        ("image", "recipe=vicreg projector=linear"),  # regularisers alone
    ],
)
def test_a_recipe_that_looks_at_no_label_takes_steps(modality, words, sources, tmp_path):
    run, datamodule, module = built(*sources[modality], *words.split())
    run["trainer"] |= {"max_epochs": 1, "limit_train_batches": 2}
    quieten()
    trainer = build_trainer(run, tmp_path, [], [])
    trainer.fit(module, datamodule)
    assert trainer.global_step == 2 and "validation/loss" not in trainer.callback_metrics
    assert "no labels" in datamodule.unseen["no_metric"]
    assert "no row is kept as a test" in datamodule.unseen["no_test"]


def test_the_best_weights_are_chosen_by_views_of_validation_rows(sources, tmp_path):
    run = composed(*SMALL, *sources["text"], "recipe=simcse", "trainer.max_epochs=3")
    run["callbacks"]["early_stopping"] = {
        "_target_": "lightning_contrast.callbacks.early_stopping.EarlyStop",
        "monitor": "validation/accuracy",
    }
    run["logger"] = composed("logger=csv")["logger"]
    datamodule = build_datamodule(run)
    config, line = watching(run, [], datamodule)
    assert "highest validation/views" in line and next(iter(config["callbacks"])) == "views"
    watching_them = [
        config["callbacks"][name]["monitor"] for name in ("checkpoint", "early_stopping")
    ]
    assert watching_them == ["validation/views"] * 2 and config["metric"] == "validation/views"
    train(run, tmp_path)
    with (tmp_path / "logs" / "metrics.csv").open() as file:
        scores = [
            float(score) for row in csv.DictReader(file) if (score := row["validation/views"])
        ]
    best = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)
    assert len(scores) == 3 and best["epoch"] == int(np.argmax(scores))


def test_a_run_that_keeps_no_best_weights_says_so(sources):
    run = composed(*SMALL, *sources["text"], "callbacks.checkpoint=null")
    line = watching(run, [run["metric"]], build_datamodule(run))[1]
    assert line == "no callback keeps the best weights: best.ckpt holds the last weights"


@pytest.mark.parametrize(
    ("words", "whole", "said"),
    [
        ("source.fractions=[1,0,0]", True, "there is no validation row"),
        ("trainer.limit_val_batches=0", True, "no labels and no head"),
        ("seed=0", False, "no labels and no head"),  # a row is a cell: no whole row is compared
    ],
)
def test_without_a_figure_the_last_weights_are_the_best(words, whole, said, sources):
    run = composed(*SMALL, *sources["text"], "recipe=simcse", words)
    config, line = watching(run, [], build_datamodule(run), whole)
    assert said in line and line.endswith("best.ckpt holds the last weights")
    assert config["callbacks"]["checkpoint"]["monitor"] is None


def test_rows_with_partners_are_watched_by_retrieval(tmp_path):
    rows = [{"text": f"question {i} q{i}", "pair": f"answer {i} a{i}"} for i in range(40)]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    words = f"source=table source.path={path} source.label_column=null source.pair_column=pair"
    run = composed(*SMALL, *words.split(), "recipe=paired")
    datamodule = build_datamodule(run)
    config, line = watching(run, [], datamodule)
    assert "highest validation/map" in line and config["metric"] == "validation/map"
    assert len(datamodule.splits.test) == 8, "partners are found again: that is a test"


@pytest.mark.parametrize(
    ("modality", "recipe"),
    [("text", "supcon"), ("text", "cross_entropy"), ("text", "proxy_anchor"), ("image", "reacgan")],
)
def test_a_recipe_that_learns_from_labels_names_one_that_does_not(modality, recipe, sources):
    with pytest.raises(InputError, match=r"have no labels: set recipe=simclr"):
        built(*sources[modality], f"recipe={recipe}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("source.per_class=3", "set source.per_class=null"),
        ("distribution=long_tail", "set distribution=natural"),
        ("baselines=true", "set baselines=false"),
        ("source.multi_label=true", "source.multi_label=false"),
        ("sampler=class_balanced", "set sampler=shuffled"),
        ("positives=same_class", "set positives=view"),
        ("negatives=cross_class", "set negatives=in_batch"),
    ],
)
def test_what_draws_by_label_says_what_to_set(words, said, sources):
    with pytest.raises(InputError, match=said):
        built(*sources["text"], "recipe=simcse", words)[1].train_dataloader()


def test_a_column_that_is_not_there_says_how_to_go_without(sources):
    path = sources["text"][1].partition("=")[2]
    with pytest.raises(InputError, match=r"'label' is not in .*or to null for rows without labels"):
        Table(path).load()
    splits = prepare(Table(path, label_column=None))
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (81, 9, 0)
    assert splits.distribution == {}
    kept = prepare(Table(path, label_column=None, fractions=[0.7, 0.1, 0.2]))
    assert len(kept.test) == 18
    assert len(prepare(Table(path, label_column=None), own_targets=True).test) == 18


def test_classes_that_are_all_too_small_are_no_rows_without_labels(tmp_path):
    with pytest.raises(InputError, match=r"every class has fewer rows.* set source.min_rows=30"):
        prepare(Table(str(write_news(tmp_path / "news.csv")), min_rows=31))


@pytest.mark.slow
def test_a_run_reports_what_it_can_and_its_checkpoint_embeds(sources, tmp_path):
    run = composed(*SMALL, *sources["text"], "recipe=simcse", "trainer.max_epochs=1")
    result = train(run, tmp_path / "run")
    assert not [name for name in result if "accuracy" in name or "f1" in name or "ece" in name]
    assert result["validation/effective_rank"] >= 1 and result["validation/uniformity"] <= 0
    assert result["rows/test"] == 0 and "no row is kept as a test" in result["unseen/no_test"]
    card = (tmp_path / "run" / "model_card.md").read_text()
    assert "knows no classes" in card and "| head | none |" in card and "0 classes" not in card
    best = tmp_path / "run" / "checkpoints" / "best.ckpt"
    network = load(best)
    assert network.classes == [] and network.embed(["a text"]).shape == (1, 128)
    table = run["source"]["path"]
    embed(network, Table(table, label_column=None).load().raw, tmp_path / "rows.csv")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 91
    index = Index.of(network, prepare(Table(table, label_column=None)))
    assert [near.label for near in next(search(network, index, ["w1x1"], k=2)).neighbours] == [
        None
    ] * 2
    assert export(network, tmp_path / "model", formats=["pt2"]).difference["model.pt2"] < 1e-5
    again, _ = evaluate([best, best], tmp_path / "two")
    assert again["run/validation/uniformity"] == again["run_2/validation/uniformity"]
    news = write_news(tmp_path / "news.csv")  # of another source it takes the classes
    named = {"_target_": run["source"]["_target_"], "path": str(news), "fractions": [0.6, 0.2, 0.2]}
    of_news, _ = evaluate(best, tmp_path / "news", named, protocols={"e": EmbeddingQuality()})
    assert "test/accuracy" not in of_news
    figures = json.loads((tmp_path / "news" / "evaluation" / "metrics.json").read_text())
    assert "embedding/knn_1" in json.dumps(figures)
