"""A run that tags entities: trained, broken off, judged, used, exported."""

import json

import numpy as np
import onnxruntime
import pytest
import torch

from lightning_contrast.commands.export import export
from lightning_contrast.commands.predict import predict
from lightning_contrast.config.construct import construct
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.load import load_subject
from lightning_contrast.modules import load
from lightning_contrast.sources.spans import SpanLines
from lightning_contrast.training.run import train
from tests.made_spans import write_spans
from tests.runs import composed, write_news
from tests.surviving.broken_off import differing, fit

TINY = [
    *("source=spans", "datamodule.batch_size=16", "trainer.accelerator=cpu", "logger=none"),
    *("quiet=true", "encoder.width=16", "encoder.buckets=64", "encoder.layers=2"),
]
TEXTS = ["12 the cat sees of New York", "7 Oslo and the fox", "9 the old"]


def config(folder, *overrides, recipe="entities"):
    path = write_spans(folder / "spans.jsonl", 150)
    return composed(f"recipe={recipe}", *TINY, f"source.path={path}", *overrides)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("entities")
    more = ("trainer.max_epochs=25", "optimizer.lr=0.02")
    return folder / "run", train(config(folder, *more), folder / "run")


def test_names_are_learnt_and_judged_by_whole_spans(run):
    folder, result = run
    assert result["test/span_f1"] > 0.9 and result["validation/span_f1"] > 0.9
    figures = json.loads((folder / "evaluation/metrics.json").read_text())
    assert figures["spans/f1"] == pytest.approx(result["test/span_f1"])
    assert figures["spans/seen_recall"] > 0.9 and figures["spans/f1/animal"] > 0.9
    card = (folder / "model_card.md").read_text()
    assert "Marks spans in texts" in card and "Without a training row" not in card
    page = (folder / "report.html").read_text()
    assert "strict span F1" in page and "[cat animal]" in page
    assert f"{figures['spans/texts']} test rows" in page, "texts, and not their tokens"


def test_a_checkpoint_marks_spans_and_its_output_is_a_source(run, tmp_path):
    network = load(run[0] / "checkpoints/best.ckpt")
    first, second, none = network.spans(TEXTS)
    assert [(s.text, s.label) for s in first] == [("cat", "animal"), ("New York", "place")]
    assert TEXTS[1][second[0].start : second[0].end] == second[0].text == "Oslo" and none == []
    assert all(0 < span.probability <= 1 for span in first)
    assert network.spans(TEXTS, least=1.0) == [[], [], []]
    predict(network, TEXTS, tmp_path / "out.jsonl")
    rows = SpanLines(str(tmp_path / "out.jsonl"), text_column="input").load()
    assert rows.raw == TEXTS and len(rows.spans.row) == 4
    predict(network, TEXTS, tmp_path / "out.csv", batch_size=1)
    lines = (tmp_path / "out.csv").read_text().split()
    assert lines[0] == "row,start,end,label,text,probability" and len(lines) == 1 + 4 + 1
    with pytest.raises(InputError, match=r"call spans\(texts\)"):
        network.predict(TEXTS)
    assert network.embed(TEXTS).shape == (3, network.projector.out_features)


def test_another_tokenizer_and_classes_in_another_order_are_judged_the_same(run, tmp_path):
    own = load_subject(run[0] / "checkpoints/best.ckpt", tmp_path)
    lines = [json.loads(line) for line in (run[0].parent / "spans.jsonl").read_text().splitlines()]
    kept = {own.rows.raw[row] for row in own.datamodule.splits.test}
    chosen = [line for line in lines if line["text"] in kept]
    path = tmp_path / "test.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in chosen))
    source = dict(own.config["source"]) | {"path": str(path), "types": ["place", "animal"]}
    other = load_subject(run[0] / "checkpoints/best.ckpt", tmp_path, source)
    protocol = construct(composed("protocols=[spans]")["protocols"]["spans"])
    expected = protocol(own).figures
    found = protocol(other).figures
    assert found["spans/f1"] == expected["spans/f1"]
    assert isinstance(own.network.preprocess, Tokenizer)


@pytest.mark.slow
def test_an_exported_tagger_gives_a_row_for_each_token(run, tmp_path):
    network = load(run[0] / "checkpoints/best.ckpt")
    export(network, tmp_path / "exported")
    inputs = network.preprocess.batch(TEXTS)
    session = onnxruntime.InferenceSession(str(tmp_path / "exported/model.onnx"))
    chances, embedding, _ = session.run(None, {k: v.numpy() for k, v in inputs.items()})
    assert chances.shape == (*inputs["input_ids"].shape, 5) and embedding.ndim == 3
    with torch.no_grad():
        logits = network.head(network.encode_as_trained(inputs)) / network.temperature
    np.testing.assert_allclose(chances, logits.softmax(2), atol=1e-5)


@pytest.mark.slow
def test_a_pretrained_encoder_marks_spans_by_its_own_tokens(tmp_path):
    path = write_spans(tmp_path / "spans.jsonl", 90)
    words = ["recipe=entities", "encoder=pretrained", f"source.path={path}", *TINY[:5]]
    result = train(composed(*words, "trainer.max_epochs=8"), tmp_path / "run")
    assert result["test/span_f1"] > 0.5
    network = load(tmp_path / "run/checkpoints/best.ckpt")
    for text, spans in zip(TEXTS, network.spans(TEXTS), strict=True):
        assert all(text[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize(
    ("unit", "recipe"),
    [
        ("token", "entities"),
        ("span", "entities"),
        pytest.param("token", "entities_few_shot", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_broken_off_ends_with_the_weights_of_the_one_that_was_not(
    unit, recipe, tmp_path
):
    more = (f"unit={unit}", "unit.background_per_positive=0.7", "trainer.max_epochs=2")
    run = config(tmp_path, *more, recipe=recipe)
    whole = fit(run, tmp_path / "whole")
    assert fit(run, tmp_path / "again", 3) is None
    assert differing(whole, fit(run, tmp_path / "again")) == []


@pytest.mark.slow
def test_few_shot_means_are_fitted_when_training_ends(tmp_path):
    more = ("trainer.max_epochs=10", "optimizer.lr=0.01", "metric=validation/span_f1")
    result = train(config(tmp_path, *more, recipe="entities_few_shot"), tmp_path / "run")
    assert result["test/span_f1"] > 0.3
    network = load(tmp_path / "run/checkpoints/best.ckpt")
    assert network.head.mean.any(1).all()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["baselines=true"], r"the baselines classify whole rows, .* set baselines=false"),
        (["encoder.dense=false"], r"head Tagger judges places: set encoder.dense=true"),
        (["view=token_dropout"], r"moves or hides some: set view=identity"),
        (["head=linear"], r"head LinearHead judges whole rows: set encoder.dense=false"),
        (["unit=whole", "~unit.background_per_positive"], r"set encoder.dense=false"),
        (["unit.background=X"], r"unit.background must be one of the classes O, B-animal"),
    ],
)
def test_parts_that_do_not_fit_are_told_in_one_line(tmp_path, overrides, words):
    with pytest.raises(InputError, match=words) as error:
        train(config(tmp_path, *overrides), tmp_path / "run")
    assert "\n" not in str(error.value)


def test_texts_without_spans_are_told(tmp_path):
    news = f"source.path={write_news(tmp_path / 'news.csv')}"
    run = composed("recipe=entities", "source=table", news, *TINY[1:])
    with pytest.raises(InputError, match=r"source Table gives each text one label"):
        train(run, tmp_path / "run")
