"""Several tasks in one run: their rows, their heads, their batches, their figures."""

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from lightning_contrast import load
from lightning_contrast.commands.export import main as export
from lightning_contrast.commands.predict import main
from lightning_contrast.commands.search import main as search
from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.heads.tasks import TaskHeads
from lightning_contrast.rows.exact import exact_keys
from lightning_contrast.samplers.hierarchical import HierarchicalSampler
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.folder import Folder
from lightning_contrast.sources.parallel import Parallel
from lightning_contrast.sources.table import Table
from lightning_contrast.sources.tasks import Tasks
from lightning_contrast.training.run import train
from tests.inference.commands import called
from tests.runs import composed, write_news

NAMES = ["a/x", "a/y", "b/x", "b/y", "b/z"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Two tables that share their texts, with two and three classes."""
    folder = tmp_path_factory.mktemp("tables")
    news = write_news(folder / "news.csv")
    lines = news.read_text().splitlines()
    moods = [
        f"{line.rpartition(',')[0]},{'good' if n % 2 else 'bad'}"
        for n, line in enumerate(lines[1:])
    ]
    (folder / "moods.csv").write_text("\n".join([lines[0], *moods]))
    return {"news": str(news), "mood": str(folder / "moods.csv")}


def test_rows_have_the_classes_of_their_task_and_shared_texts_one_side(tables):
    source = Tasks(tasks={name: Table(path) for name, path in tables.items()})
    splits = prepare(source)
    rows = splits.labelled
    assert rows.classes == ("news/class 0", "news/class 1", "news/class 2", "mood/bad", "mood/good")
    assert rows.attributes["task"].tolist() == ["news"] * 90 + ["mood"] * 90
    own = np.array([name.partition("/")[0] for name in rows.classes])[rows.label]
    assert (own == rows.attributes["task"]).all()
    for side in (splits.train, splits.validation, splits.test):
        assert sorted(side[side < 90] + 90) == sorted(side[side >= 90])


def test_images_of_several_sources_are_one_after_the_other(photos):
    first, second = Folder(str(photos), size=8, channels=1, max_pixels=10_000), Digits()
    source = Tasks(tasks={"photos": first, "digits": second})
    rows, own = source.load(), first.load().raw
    assert source.modality == "image"
    assert rows.classes[:4] == ("photos/digit 0", "photos/digit 1", "photos/digit 2", "digits/0")
    index = np.array([18, 3, 1814, 0])
    expected = [*second.load().raw[np.array([0, 1796])], *own[np.array([3, 0])]]
    assert (rows.raw[index] == torch.stack([expected[place] for place in (0, 2, 1, 3)])).all()
    assert rows.raw.files[3] == own.files[3] and rows.raw.files[18] == ""
    keys = exact_keys(rows.raw, np.arange(len(rows.label)))
    assert (keys[:18] == own.fingerprints()).all() and len(keys) == 1815
    data = ImageDataModule(source)
    data.setup()
    assert data.preprocess.max_pixels == 10_000
    with pytest.raises(InputError, match="got 1 x 16 x 16 and 1 x 8 x 8"):
        Tasks(tasks={"photos": Folder(str(photos), size=16, channels=1), "d": second}).load()


def test_rows_keep_their_weight(tmp_path, tables):
    (tmp_path / "w.csv").write_text("text,label,sure\none,a,0.5\ntwo,b,2\n")
    weighed = Table(str(tmp_path / "w.csv"), weight_column="sure")
    rows = Tasks(tasks={"news": Table(tables["news"]), "w": weighed}).load()
    assert rows.weight.tolist() == [1.0] * 90 + [0.5, 2.0]


def test_partners_stay_with_their_rows(tmp_path, tables):
    (tmp_path / "p.csv").write_text("text,translation\none,uno\ntwo,due\n")
    pairs = Parallel(path=str(tmp_path / "p.csv"))
    rows = Tasks(tasks={"news": Table(tables["news"]), "words": pairs}).load()
    raw, identity = rows.raw, rows.identity
    assert [raw[identity[raw.index(word)]] for word in ("uno", "due")] == ["one", "two"]
    assert (identity[:90] == np.arange(90)).all() and rows.label[-1] == -1


def test_each_row_is_scored_among_the_classes_of_its_task():
    torch.manual_seed(0)
    head, features = TaskHeads(6, 5, NAMES).double(), torch.randn(7, 6, dtype=torch.float64)
    label = torch.tensor([0, 1, 2, 4, 3, -1, 1])
    logits = head(features)
    expected = sum(
        cross_entropy(logits[row, places], label[row] - places.start)
        for row, places in enumerate([slice(0, 2)] * 2 + [slice(2, 5)] * 3)
    ) + cross_entropy(logits[6, :2], label[6])
    total, weight = head.loss(features, label)
    smooth = TaskHeads(6, 5, NAMES, label_smoothing=0.3)
    one = torch.tensor([3])
    expected_smooth = cross_entropy(
        smooth(features[:1].float())[:, 2:], one - 2, label_smoothing=0.3
    )
    torch.testing.assert_close(smooth.loss(features[:1].float(), one)[0], expected_smooth)
    torch.testing.assert_close(total.double(), expected)
    assert weight == 6
    total.backward()
    found, names = head.alone("b")
    assert names == ["x", "y", "z"]
    torch.testing.assert_close(found(features), logits[:, 2:])


def test_the_refit_is_that_of_each_task_alone():
    torch.manual_seed(0)
    features = torch.randn(80, 6)
    label = torch.randint(5, (80,))
    head, alone = TaskHeads(6, 5, NAMES), LinearHead(6, 3)
    head.fit(features, label)
    alone.fit(features[label >= 2], label[label >= 2] - 2)
    torch.testing.assert_close(head.linear.weight[2:], alone.linear.weight)
    torch.testing.assert_close(head.linear.bias[2:], alone.linear.bias)


@pytest.mark.parametrize("many", [1, 2])
def test_a_batch_holds_one_task_or_all(many):
    labels = np.repeat(np.arange(5), 12)
    sampler = HierarchicalSampler(
        labels, 16, classes=tuple(NAMES), superclasses="/", superclasses_per_batch=many
    )
    tasks = [{NAMES[label][0] for label in labels[draw.index]} for draw in sampler]
    assert tasks and all(len(found) == many for found in tasks[:2])


@pytest.fixture(scope="module")
def run(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    words = ["source=tasks", "head=tasks", "protocols=[accuracy,tasks]", "logger=none"]
    for name, path in tables.items():
        words += [f"+source@source.tasks.{name}=table", f"source.tasks.{name}.path={path}"]
    words += ["sampler=hierarchical", "sampler.superclasses=/", "sampler.superclasses_per_batch=1"]
    words += ["datamodule.batch_size=8", "trainer.max_epochs=8", "quiet=true"]
    result = train(composed(*words), folder)
    return folder, result | json.loads((folder / "evaluation/metrics.json").read_text())


def test_a_run_tells_the_figures_of_each_task(run):
    _, result = run
    assert result["calibration/temperature"] < 10
    assert result["task/news/accuracy"] > 0.9 and result["task/news/rows"] == 18
    assert result["task/mood/majority"] >= 0.5
    assert result["task/mean_accuracy"] == pytest.approx(
        (result["task/news/accuracy"] + result["task/mood/accuracy"]) / 2
    )
    both = (18 * result["task/news/accuracy"] + 18 * result["task/mood/accuracy"]) / 36
    assert result["test/accuracy"] == pytest.approx(both)  # no class of another task is said


def test_search_and_export_ask_one_task_too(run, tmp_path, capsys):
    checkpoint = run[0] / "checkpoints/best.ckpt"
    words = (f"checkpoint={checkpoint}", "task=mood", "quiet=true")
    assert called(search, *words, "query=w0x1 w0x2", "k=3", f"output={tmp_path}/a.jsonl") == 0
    found = json.loads((tmp_path / "a.jsonl").read_text())
    assert {found["label"], *(one["label"] for one in found["neighbours"])} <= {"bad", "good"}
    assert called(export, *words, f"output={tmp_path}/made", "formats=[pt2]") == 0
    assert json.loads((tmp_path / "made/preprocessing.json").read_text())["classes"] == [
        "bad",
        "good",
    ]
    assert called(export, words[0], f"output={tmp_path}/again", "task=colour") == 2
    assert "task must be one of news, mood, got 'colour'" in capsys.readouterr().err


def test_predict_asks_the_head_of_one_task(run, tmp_path, capsys):
    checkpoint = run[0] / "checkpoints/best.ckpt"
    network = load(checkpoint)
    assert set(network.of_task("mood").predict(["w0x1 w0x2"])[0].probabilities) == {"bad", "good"}
    (tmp_path / "a.txt").write_text("w0x1 w0x3 w0x5\n")
    words = (f"checkpoint={checkpoint}", f"input={tmp_path}/a.txt", f"output={tmp_path}/a.jsonl")
    assert called(main, *words, "task=news", "quiet=true") == 0
    assert '"label": "class 0"' in (tmp_path / "a.jsonl").read_text()
    assert called(main, *words, "task=colour") == 2
    assert "task must be one of news, mood, got 'colour'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ({"news": "table"}, "source.tasks must name two sources or more, got ['news']"),
        (
            {"news": "table", "digits": Digits()},
            "source.tasks.digits is Digits, a source of images,",
        ),
        ({"news": "table", "b": Parallel(path="x", per_class=2)}, "source.tasks.b.per_class is of"),
    ],
)
def test_bad_tasks_are_one_clear_line(tasks, says, tables):
    made = {
        name: Table(tables["news"]) if each == "table" else each for name, each in tasks.items()
    }
    with pytest.raises(InputError) as error:
        Tasks(tasks=made)
    assert str(error.value).startswith(says) and "\n" not in str(error.value)


def test_a_head_a_task_needs_tasks():
    with pytest.raises(InputError, match="set source=tasks, or head=linear"):
        TaskHeads(4, 3, ["sport", "trade", "arts"])
