"""The plans of the experiments, and a small experiment from its runs to its table."""

import json
from pathlib import Path

import arms
import pytest
import trials
import yaml

from lightning_contrast.build.checks import check_parts
from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from lightning_contrast.sweeps.settings import Averaged
from tests.runs import composed_experiment, write_news

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
PLANS = sorted(EXPERIMENTS.glob("*/arms.yaml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_the_parts_of_every_arm_fit_and_the_readme_has_a_place_for_the_table(path):
    plan = arms.read_plan(path.parent)
    assert plan.figure is None or plan.figure in plan.metrics
    assert plan.own.keys() <= plan.arms.keys()
    tried = [[*plan.arms[arm], *own] for arm, own in plan.own.items()]
    for words in [*plan.arms.values(), *plan.trials, *tried]:
        run = composed_experiment(path.parent, plan.config, *words)
        assert run["name"] == path.parent.name
        check_parts(run)
        construct(run.get("source"))
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    assert "| row |" in arms.with_table(readme, path.parent.name, "| row |")
    assert ("results.png" in readme) == (plan.figure is not None)


def test_the_table_has_an_arm_a_row_in_percent():
    plan = arms.Plan(Path("x"), "run", {"a": []}, {"test/accuracy": "test"}, "test/accuracy")
    rows = arms.table(plan, {"a": {"test/accuracy": Averaged(0.5, 0.125, 3)}})
    assert rows.splitlines()[-1] == "| a | 3 | 50.00 ± 12.50 |"


def test_the_figure_shows_the_arms_that_have_its_metric():
    found = {"maker": {"cpu": Averaged(9.0, 1.0, 3)}, "a": {"test": Averaged(0.5, 0.125, 3)}}
    axes = arms.draw("test", found).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a"]


def test_what_there_is_not_is_one_line(tmp_path):
    with pytest.raises(InputError, match="no experiment nope has an arms"):
        arms.read_plan(EXPERIMENTS / "nope")
    plan = arms.read_plan(PLANS[0].parent)
    with pytest.raises(SystemExit) as stop:
        arms.main([str(EXPERIMENTS), plan.folder.name, "--only", "nope", "--output", str(tmp_path)])
    assert stop.value.code == 2


def test_an_arm_keeps_the_best_of_its_trials(tmp_path):
    plan = arms.Plan(
        tmp_path,
        "run",
        {"a": ["loss=a"], "b": ["loss=b"]},
        {"validation/accuracy": "validation"},
        trials=[["lr=1"], ["lr=2"]],
        own={"a": ["margin=3"]},
    )
    accuracy = {"lr=1": 0.4, "lr=1 margin=3": 0.6, "lr=2": 0.9, "lr=2 margin=3": 0.9}
    ran = []

    def run(trials, arm, output):
        folder = output / arms.file_name(arm) / trials.seeds
        (folder / ".hydra").mkdir(parents=True)
        config = {"seed": 10, "name": arm}
        (folder / ".hydra/config.yaml").write_text(yaml.safe_dump(config))
        value = {"validation/accuracy": accuracy[arm.partition(", ")[2]]}
        (folder / "result.json").write_text(json.dumps(value))
        ran.append(trials.arms[arm])

    for arm in plan.arms:
        plan = trials.tuned(plan, run, tmp_path / "runs", arm)
    assert ran[:2] == [["loss=a", "lr=1"], ["loss=a", "lr=1", "margin=3"]] and len(ran) == 6
    assert plan.arms == {"a": ["loss=a", "lr=2"], "b": ["loss=b", "lr=2"]}, (
        "of equal ones the first"
    )
    other = plan._replace(metrics={"validation/macro_f1": "validation"})
    with pytest.raises(InputError, match="has no validation/macro_f1: name another metric first"):
        trials.tuned(other, lambda *_: None, tmp_path / "runs", "a")
    found = {arm: {"validation/accuracy": Averaged(0.5, 0.1, 3)} for arm in plan.arms}
    assert arms.table(plan, found).splitlines()[-1] == "| b | 3 | 50.00 ± 10.00 | lr=2 |"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"owns": {}}, "there is no key 'owns'; there are: config, arms"),
        ({"arms": ["a"]}, "arms must hold by name a list of overrides"),
        ({"arms": {"a": "loss=nca"}}, "arms must hold by name a list of overrides"),
        ({"own": {"b": []}}, "own names 'b', which is no arm"),
        ({"trials": ["loss=nca"]}, "trials must be lists of overrides"),
        ({"metrics": ["test/accuracy"]}, "metrics must hold by name a heading"),
        ({"metrics": {}}, "lacks metrics"),
        ({"figure": "test/f1"}, "figure 'test/f1' is none of the metrics"),
        ({"trials": [[], ["loss=nca"]]}, "which must be one of validation rows"),
    ],
)
def test_a_mistake_in_a_plan_is_one_line(tmp_path, more, told):
    plan = {"config": "run", "arms": {"a": ["loss=nca"]}, "metrics": {"test/accuracy": "test"}}
    file = tmp_path / "arms.yaml"
    file.write_text(yaml.safe_dump(plan))
    assert arms.read_plan(tmp_path).arms == plan["arms"]
    file.write_text(yaml.safe_dump(plan | more))
    with pytest.raises(InputError, match=told):
        arms.read_plan(tmp_path)


@pytest.mark.slow
def test_an_experiment_in_small_writes_its_table_and_its_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "tiny"
    folder.mkdir()
    write_news(tmp_path / "news.csv")
    (folder / "run.yaml").write_text(
        "defaults: [train, {override source: table}, {override logger: csv}, _self_]\n"
        f"source: {{path: {tmp_path}/news.csv}}\n"
        "trainer: {max_epochs: 1}\ndatamodule: {batch_size: 30}\n"
    )
    (folder / "arms.yaml").write_text(
        "config: run\nseeds: 0,1\nfigure: test/accuracy\ntrials: [[optimizer.lr=0.02]]\n"
        "metrics: {validation/accuracy: validation, test/accuracy: test}\n"
        "arms: {supcon: [], nca: [loss=nca, 'tags=[of two words]']}\n"
    )
    readme = folder / "README.md"
    readme.write_text(f"# A\n\n{arms.START.format('tiny')}\n{arms.END}\n")
    arms.main([str(tmp_path), "tiny", "trainer.max_steps=2"])
    rows = [line for line in readme.read_text().splitlines() if line.startswith("|")]
    assert [row.split(" | ")[:2] for row in rows[2:]] == [["| supcon", "2"], ["| nca", "2"]]
    assert "±" in rows[2] and (folder / "results.png").is_file()
    written = {file: file.stat().st_mtime for file in tmp_path.glob("runs/**/result.json")}
    arms.main([str(tmp_path), "tiny", "trainer.max_steps=2"])  # nothing is run again
    assert len(written) == 6, "two arms, two seeds and a trial each"
    arms.main([str(tmp_path), "tiny", "--seeds", "1,2", "--only", "nca", "trainer.max_steps=2"])
    assert all(file.stat().st_mtime == before for file, before in written.items())
    assert "| nca | 3 |" in readme.read_text()
    assert readme.read_text().count(" | optimizer.lr=0.02 |") == 2, "also of the arm not asked for"
    with pytest.raises(SystemExit):
        arms.main([str(tmp_path), "tiny", "trainer.max_steps=3"])
    assert "other values of trainer.max_steps: move it away" in capsys.readouterr().err
