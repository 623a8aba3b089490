"""An agent's run on the command line, what it leaves, and how it plays."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.build.parts import build_datamodule
from lightning_contrast.commands.act import act
from lightning_contrast.commands.cli import main as cli
from lightning_contrast.environments.gymnasium import Gymnasium
from lightning_contrast.errors import InputError
from lightning_contrast.modules import load
from tests.choices import build
from tests.inference.commands import called
from tests.runs import composed

POLE = ("environment=gymnasium", "environment.id=CartPole-v1", "environment.goal=[0,0,0,0]")
POLE += ("environment.tolerance=0.1", "environment.arguments={render_mode: null}")
SHORT = ("trainer.max_epochs=2", "trainer.check_val_every_n_epoch=1", "datamodule.steps=5")
SHORT += ("environment.horizon=20", "callbacks.play.episodes=5", "protocols.play.episodes=20")
TRAIN = ("train", "modality=moment", "recipe=contrastive_rl", "logger=csv", "-q", *SHORT)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """An agent of four rooms, and one of gymnasium's pole."""
    folder = tmp_path_factory.mktemp("agents")
    assert called(cli, *TRAIN, f"hydra.run.dir={folder}/rooms") == 0
    assert called(cli, *TRAIN, *POLE, f"hydra.run.dir={folder}/pole") == 0
    return folder


def checkpoint(runs, name="rooms"):
    return f"checkpoint={runs}/{name}/checkpoints/best.ckpt"


def ways(runs):
    return runs / "rooms/evaluation/plots/play_ways.png"


def test_a_run_leaves_figures_and_a_report_with_curves(runs):
    result = json.loads((runs / "rooms/result.json").read_text())
    assert result["train/steps"] == 10 and 0 <= result["test/spl"] <= result["test/success"] <= 1
    assert 0 <= result["play/random_spl"] <= result["play/random_success"] <= 1
    assert result["test/return"] == result["test/success"]  # 1 in the goal's cell
    assert "random walk" in (runs / "rooms/report.html").read_text()
    assert (runs / "rooms/evaluation/plots/play_curves.png").stat().st_size > 5000
    with Image.open(runs / "rooms/agent.gif") as gif, Image.open(ways(runs)) as picture:
        assert gif.size == (104, 104) and gif.n_frames > 4
        red, green, _ = np.moveaxis(np.asarray(picture.convert("RGB")).astype(int), 2, 0)
        assert (red > green + 20).mean() > 0.002  # the agent and its way
    assert "environment_steps" in (runs / "rooms/logs/metrics.csv").read_text()
    assert "Not drawn: environment CartPole-v1" in (runs / "pole/report.html").read_text()
    assert "test/spl" not in json.loads((runs / "pole/result.json").read_text())


def test_act_prints_figures_and_writes_an_animation_and_trajectories(runs, tmp_path, capsys):
    words = ("episodes=30", f"gif={tmp_path}/deep/a.gif", f"trajectories={tmp_path}/a.parquet")
    assert called(cli, "act", checkpoint(runs), *words, "shown=2") == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures.keys() == {"success", "return", "steps", "spl"} and figures["steps"] <= 20
    with Image.open(tmp_path / "deep/a.gif") as gif:
        assert gif.size == (104, 104) and gif.n_frames > 2
    again = (f"datamodule.path={tmp_path}/a.parquet", "datamodule.episodes=0")
    data = build_datamodule(composed("modality=moment", "recipe=contrastive_rl", *again))
    assert data.replay.steps == round(30 * figures["steps"])
    network = load(runs / "rooms/checkpoints/best.ckpt")
    rooms = build("environment", "four_rooms")
    rooms.horizon = 20
    found = act(network, rooms, episodes=30)
    assert {name: round(value, 4) for name, value in found.items()} == figures
    assert act(network, rooms, episodes=30, seed=5) != found


def test_a_checkpoint_does_not_choose_code_of_other_packages(runs, capsys):
    assert called(cli, "act", checkpoint(runs, "pole"), "-q") == 2
    assert "set environment=gymnasium environment.id=ID" in capsys.readouterr().err
    assert called(cli, "act", checkpoint(runs, "pole"), *POLE, "episodes=4", "-q") == 0


OTHER = "an observation is a number below 104, .* here they are a number below 2"
TINY = "environment.layout=['####','#..#','####']"
REFUSED = {
    "other": (("act", "environment=four_rooms", TINY), OTHER),
    "id": (("act", "environment=gymnasium", "environment.id=Nowhere-v3"), "can't make"),
    "goal": (("act", *POLE[:2], "environment.goal=[1,2]"), "4 numbers"),
    "episodes": (("act", "episodes=0"), "episodes must be"),
    "suffix": (("act", "gif=a.txt"), "gif=a.txt must end in .gif"),
    "shown": (("act", "gif=a.gif", "shown=0"), "set shown=4, or gif=null"),
    "predict": (("predict", "input=README.md", "output=a.csv"), "it knows no classes"),
    "embed": (("embed", "input=README.md", "output=a.npy"), "lightning-contrast act"),
    "evaluate": (("evaluate",), "lightning-contrast act"),
    "search": (("search", "query=goal"), "lightning-contrast act"),
    "export": (("export", "output=a"), "lightning-contrast act"),
    "generate": (("generate", "output=a"), "makes neither images nor texts"),
}


@pytest.mark.parametrize(("words", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_served_is_told_in_a_line(runs, words, line, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("a\n")
    assert called(cli, *words, checkpoint(runs)) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert re.search(line, told), told


def test_a_network_that_does_not_act_is_refused():
    with pytest.raises(InputError, match="reads texts and does not act there"):
        act(
            SimpleNamespace(modality="text", encoder=SimpleNamespace(acts=False)),
            build("environment", "four_rooms"),
        )


def test_an_agent_of_vectors_sees_them_standardised(runs):
    network = load(runs / "pole/checkpoints/best.ckpt")
    reader = network.preprocess
    world = Gymnasium("CartPole-v1", {"render_mode": None}, [0, 0, 0, 0], 0.1, horizon=20)
    assert act(network, world, episodes=3)["steps"] > 0
    seen = torch.tensor([reader.mean, (np.array(reader.mean) + reader.std).tolist()])
    assert reader.goal(seen).tolist() == [[0] * 4, pytest.approx([1] * 4)]
