"""An agent's training: loss against a plain loop, its critic against the true one, resuming."""

import numpy as np
import pytest
import torch
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.errors import InputError
from lightning_contrast.modules.acting import acting, critic, exploring
from lightning_contrast.runtime.quiet import quieten
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

WORDS = ("modality=moment", "recipe=contrastive_rl", "logger=none", "trainer.accelerator=cpu")
TINY = (*WORDS, "quiet=true", "datamodule.batch_size=12", "datamodule.steps=4")
TINY += ("encoder.hidden=[8]", "encoder.width=6", "environment.horizon=20", "datamodule.episodes=3")
HALL = "environment.layout=['######','#....#','######']"


def parts(*words):
    run = composed(*words)
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    return build_module(run, datamodule), datamodule, run


@pytest.mark.parametrize("symmetric", [True, False])
def test_loss_and_gradient_are_those_of_a_plain_loop_and_equal_goals_are_negatives(symmetric):
    module, datamodule, _ = parts(*TINY, f"module.symmetric={symmetric}", HALL)
    module = module.double()
    batch = next(iter(datamodule.train_dataloader()))
    goal = batch.inputs.parts["goal"]
    assert len(set(goal.tolist())) < len(goal), "some goals are equal"
    network, reader = module.network, module.network.preprocess
    read = reader(batch.inputs).each(torch.Tensor.double)
    reader.forward = lambda inputs: read
    module.training_step(batch).backward()
    found = {name: p.grad.clone() for name, p in module.named_parameters()}
    value = module.training_step(batch)

    module.zero_grad()
    moves, goals = (network.encoder.of(name, read.parts[name]) for name in ("move", "goal"))
    moves, goals = (rows / rows.norm(dim=1, keepdim=True) for rows in (moves, goals))
    losses = []
    for anchors, candidates in ((moves, goals), (goals, moves))[: 1 + symmetric]:
        for i, anchor in enumerate(anchors):
            logits = torch.stack([-(anchor - each).norm() / 0.1 for each in candidates])
            normaliser = logits.logsumexp(0)
            losses.append(normaliser - logits[i] + 0.01 * normaliser**2)
    expected = torch.stack(losses).mean()
    expected.backward()
    torch.testing.assert_close(value.detach(), expected.detach(), atol=1e-6, rtol=1e-6)
    own = {name: p.grad for name, p in module.named_parameters()}
    torch.testing.assert_close(found, own, atol=1e-6, rtol=1e-5)


def test_the_critic_learns_the_true_occupancy_and_its_actions_are_the_shortest_way(tmp_path):
    words = (
        "datamodule.first_episodes=400",
        "datamodule.batch_size=128",
        "datamodule.episodes=0",
        "positives.gamma=0.9",
    )
    maze = "environment.layout=['#######','#     #','# ### #','#   # #','#######']"
    words += (
        maze,
        "trainer.max_epochs=6",
        "trainer.check_val_every_n_epoch=6",
        "optimizer.lr=0.01",
    )
    words += ("encoder.hidden=[64]", "encoder.width=32", "callbacks.play.episodes=10")
    module, datamodule, run = parts(*WORDS, "quiet=true", *words)
    quieten()
    build_trainer(run, tmp_path, [], []).fit(module, datamodule)
    maze = datamodule.environment.maze
    cells = len(maze.cells)
    step = np.zeros((cells, cells))
    np.add.at(step, (np.arange(cells)[:, None], maze.leads), 0.25)  # a random walk
    onward = 0.1 * np.linalg.inv(np.eye(cells) - 0.9 * step)
    truth = np.log(onward[maze.leads])  # (cells, actions, goals): where each move leads to
    start, goal = (each.ravel() for each in np.meshgrid(*[np.arange(cells)] * 2, indexing="ij"))
    apart = start != goal
    start, goal = start[apart], goal[apart]
    values = critic(module.network, start, goal).numpy() / 0.1
    true = truth[start, :, goal]
    gaps = [each - each.mean(1, keepdims=True) for each in (values, true)]
    assert np.corrcoef(gaps[0].ravel(), gaps[1].ravel())[0, 1] > 0.9
    chosen = maze.leads[start, values.argmax(1)]
    shorter = maze.distance[chosen, goal] < maze.distance[start, goal]
    assert shorter.mean() > 0.9


@pytest.mark.parametrize("event", [7, 13], ids=["in an epoch", "in validation"])
def test_a_run_that_was_broken_off_ends_like_the_run_left_alone(tmp_path, event):
    often = ("trainer.check_val_every_n_epoch=1", "callbacks.play.episodes=5")
    run = composed(*TINY, *often, "trainer.max_epochs=3")
    quieten()
    whole = fit(run, tmp_path / "whole")
    assert fit(run, tmp_path / "parts", event) is None
    assert differing(whole, fit(run, tmp_path / "parts")) == []
    assert whole["steps"] == 12


def test_a_checkpoint_holds_the_replay_and_the_network_plays_before_each_later_epoch(tmp_path):
    run = composed(*TINY, "trainer.max_epochs=3", "callbacks.play.episodes=5")
    quieten()
    fit(run, tmp_path)
    saved = torch.load(tmp_path / "checkpoints/last.ckpt", weights_only=True)
    replay = saved["MomentDataModule"]["replay"]
    assert len(replay["length"]) == 32 + 2 * 3
    _, again, _ = parts(*TINY)
    again.load_state_dict(saved["MomentDataModule"])
    assert torch.equal(again.replay.state_dict()["observation"], replay["observation"])


def test_an_agent_prefers_near_moves_and_explores_as_often_as_told():
    module, _, _ = parts(*TINY, HALL)
    start, goal = np.array([0, 1, 2] * 400), np.array([3, 3, 0] * 400)
    values = critic(module.network, start, goal)
    assert values.shape == (1200, 4) and (values <= 0).all()
    best = values.argmax(1).numpy()
    act = acting(module.network, 0.0, np.random.default_rng(0))
    assert np.array_equal(act(start, goal), best)
    soft = acting(module.network, 0.5, np.random.default_rng(0))(start, goal)[::3]
    chance = (values[0] / 0.5).softmax(0).numpy()
    assert np.bincount(soft, minlength=4) / 400 == pytest.approx(chance, abs=0.08)
    mixed = exploring(act, 4, 0.4, np.random.default_rng(0))(start, goal)
    assert (mixed != best).mean() == pytest.approx(0.3, abs=0.05)


REFUSED = {
    "positives": (["positives=view"], "set positives=future"),
    "sampler": (["sampler=class_balanced"], "set sampler=shuffled"),
    "negatives": (["negatives=random"], "set negatives=in_batch"),
    "head": (["head=linear"], "set head=none"),
    "ranks": (["strategy=ddp"], "set strategy=single"),
    "nowhere": (["~environment"], "a choice of its group"),
    "encoder": (["encoder=bag"], "for text, and the run's modality is moment"),
}


@pytest.mark.parametrize(("words", "line"), REFUSED.values(), ids=REFUSED)
def test_what_an_agent_cannot_be_trained_with_is_told_in_a_line(words, line):
    with pytest.raises(InputError, match=line) as caught:
        build_datamodule(composed(*TINY[:2], *words))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("word", ["environment=four_rooms", "positives=future"])
def test_parts_of_agents_are_for_agents_alone(word):
    with pytest.raises(InputError, match="train with modality=moment"):
        build_datamodule(composed(word))
