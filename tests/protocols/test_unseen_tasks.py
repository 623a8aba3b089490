"""Tasks played by a network that sees where to jump, by one that does not, and by a run."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lightning_contrast.commands.act import act
from lightning_contrast.config.construct import construct
from lightning_contrast.environments.hidden_goals import HiddenGoals
from lightning_contrast.environments.jumping import BEFORE, Jumping
from lightning_contrast.errors import InputError
from lightning_contrast.modules import load
from lightning_contrast.protocols.unseen_tasks import UnseenTasks
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.sources.demonstrations import Demonstrations
from lightning_contrast.training.run import train
from tests.choices import build
from tests.conftest import QUICK
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

SMALL = ("encoder.widths=[8,8]", "encoder.blocks=0", "encoder.pool=4")


class Sees(nn.Module):
    """Jumps where the picture says so, on floors of at least some height."""

    encoder = SimpleNamespace(acts=False)

    def __init__(self, least):
        super().__init__()
        self.least, self.head = least, nn.Identity()

    def encode(self, images):
        pixels = images[:, 0].flip(1).long()
        floor = (pixels == 255).all(2).long()[:, 1:-1].argmax(1) + 1
        above = pixels[torch.arange(len(pixels)), floor + 1]
        place = (above == 128).long().argmax(1)
        column = torch.arange(59)
        x = torch.where(above[:, :59] == 255, column, 0).amax(1) - 4
        jumps = (place - x.clamp_min(0) == BEFORE) & (floor >= self.least)
        return torch.stack([(~jumps).float(), jumps.float()], 1)


@pytest.mark.parametrize("least", [0, 15])
def test_shares_are_of_the_tasks_that_are_solved(least, tmp_path):
    tasks = Jumping()
    data = SimpleNamespace(source=SimpleNamespace(environment=tasks))
    found = UnseenTasks()(SimpleNamespace(network=Sees(least), datamodule=data, seed=0))
    solved = tasks.numbers[:, 1] >= least
    for name, side in (("train", 0), ("validation", 1), ("test", 2)):
        expected = solved[tasks.side == side].mean()
        assert found.figures[f"tasks/{name}"] == pytest.approx(expected)
    assert found.plots["tasks"].draw().axes


def test_a_demonstration_is_the_experts_episode():
    source = Demonstrations(environment=Jumping())
    rows = source.load()
    assert len(rows.label) == 286 * 56 and rows.label.sum() == 286
    place = source.environment.numbers[rows.group, 0]
    moment = np.arange(len(rows.label)) % 56
    assert np.array_equal(rows.label == 1, moment == place - BEFORE)
    assert np.array_equal(rows.ends, rows.group * 56 + 55)
    assert np.array_equal(rows.split, source.environment.side[rows.group])


def test_an_environment_without_an_expert_is_refused_in_one_line():
    for other in (None, build("environment", "four_rooms")):
        with pytest.raises(InputError, match="several tasks, which have an expert: set environ"):
            Demonstrations(environment=other)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the embeddings have collapsed")  # so few steps
def test_a_run_imitates_and_is_measured_on_tasks_that_it_never_saw(tmp_path):
    config = composed("modality=image", "recipe=policy_contrast", *SMALL, *QUICK)
    config["trainer"] |= {"max_epochs": 2, "check_val_every_n_epoch": 1}
    train(config, tmp_path / "run")
    figures = json.loads((tmp_path / "run/evaluation/metrics.json").read_text())
    for side in ("train", "validation", "test"):
        assert 0 <= figures[f"tasks/{side}"] <= 1
    assert "trained on" in (tmp_path / "run/report.html").read_text()
    network = load(tmp_path / "run/checkpoints/best.ckpt")  # the best by validation/success
    figures = act(network, Jumping(), episodes=9, gif=str(tmp_path / "agent.gif"))
    assert 0 <= figures["success"] == figures["return"] <= 1
    with Image.open(tmp_path / "agent.gif") as gif:
        assert gif.size == (240, 240) and gif.n_frames > 4
    with pytest.raises(InputError, match="reads images and does not act there"):
        act(network, build("environment", "four_rooms"))


GOALS = ("modality=image", "recipe=reward_contrast", "environment.contexts=2", *QUICK)


def test_contexts_of_a_goal_are_one_group_and_of_its_side():
    tasks = construct(composed(*GOALS)["environment"])
    rows = Demonstrations(environment=tasks).load()
    assert set(rows.group.tolist()) == set(range(104))
    assert np.array_equal(rows.split, tasks.side[2 * rows.group])
    places = rows.raw.tensor[:, 0, 1:].flatten(1)
    assert len(places.unique(dim=0)) == 208  # a context stays in its episode


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the embeddings have collapsed")  # so few steps
def test_contexts_of_rewards_are_contrasted_and_goals_never_told_are_played(tmp_path):
    config = composed(*GOALS)
    config["trainer"] |= {"max_epochs": 2, "check_val_every_n_epoch": 1}
    train(config, tmp_path / "run")
    figures = json.loads((tmp_path / "run/evaluation/metrics.json").read_text())
    assert 0 <= figures["tasks/test"] <= 1
    network = load(tmp_path / "run/checkpoints/best.ckpt")
    tasks = construct(config["environment"])
    assert 0 <= act(network, tasks, episodes=9, gif=str(tmp_path / "agent.gif"))["spl"] <= 1
    alone = HiddenGoals(tasks.layout, transitions=3)
    with pytest.raises(InputError, match="reads images and does not act there"):
        act(network, alone)


def test_a_run_of_contexts_that_was_broken_off_ends_like_the_run_left_alone(tmp_path):
    run = composed(*GOALS, "trainer.max_epochs=2", "trainer.check_val_every_n_epoch=1")
    quieten()
    whole = fit(run, tmp_path / "whole")
    assert fit(run, tmp_path / "parts", 3) is None
    assert differing(whole, fit(run, tmp_path / "parts")) == []
