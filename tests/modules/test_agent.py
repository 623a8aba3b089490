"""An agent's training: loss against a plain loop, its critic against the true one, resuming."""

import numpy as np
import pytest
import torch
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.data.play import at_random
from lightning_contrast.errors import InputError
from lightning_contrast.modules.acting import acting, critic, exploring, value
from lightning_contrast.runtime.quiet import quieten
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

WORDS = ("modality=moment", "recipe=contrastive_rl", "logger=none", "trainer.accelerator=cpu")
TINY = (*WORDS, "quiet=true", "datamodule.batch_size=12", "datamodule.steps=4")
TINY += ("encoder.hidden=[8]", "encoder.width=6", "environment.horizon=20", "datamodule.episodes=3")
POINT = ("recipe=contrastive_rl_actor", *(word for word in TINY if "recipe" not in word))
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
    loss = module.training_step(batch)

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
    torch.testing.assert_close(loss.detach(), expected.detach(), atol=1e-6, rtol=1e-6)
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


def log_density(mean, deviation, before):
    """Of the action tanh(before), number by number."""
    found = 0.0
    for m, s, x in zip(mean, deviation, before, strict=True):
        normal = -0.5 * ((x - m) / s) ** 2 - s.log() - 0.5 * np.log(2 * np.pi)
        found = found + normal - (1 - x.tanh() ** 2).log()
    return found


def test_loss_and_gradient_of_an_actor_are_those_of_a_plain_loop_and_leave_the_critic_alone():
    module, datamodule, _ = parts(*POINT, "module.contrast_weight=0.0")
    module = module.double()
    network, batch = module.network, next(iter(datamodule.train_dataloader()))
    actor, encoder, reader = network.head, network.encoder, network.preprocess
    read = network.preprocess(batch.inputs).each(torch.Tensor.double)
    asked, move = reader.asked, reader.move
    reader.asked = lambda seen, goal: asked(seen.double(), goal.double())
    reader.move = lambda seen, action: move(seen.double(), action)
    goal_of = reader.goal
    reader.goal = lambda place: goal_of(place.double())
    reader.forward = lambda inputs: read
    torch.manual_seed(3)
    loss = module.training_step(batch)
    loss.backward()
    assert all(p.grad is None for p in encoder.parameters())
    assert all(p.requires_grad for p in encoder.parameters())
    found = {name: p.grad.clone() for name, p in actor.named_parameters()}

    module.zero_grad()
    torch.manual_seed(3)
    noise = torch.randn(24, 2, dtype=torch.float64)
    seen, places = read.parts["move"][:, :2], read.parts["goal"]
    losses = []
    for i in range(24):
        own = seen[i % 12]
        goal = places[i] if i < 12 else places[(i - 1) % 12]
        out = actor.layers(torch.cat((own, goal))[None])[0]
        mean, deviation = out[:2], (-5 + 3.5 * (out[2:].tanh() + 1)).exp()
        before = mean + deviation * noise[i]
        density = log_density(mean, deviation, before)
        ends = encoder.of("move", torch.cat((own, before.tanh()))[None])[0]
        into = encoder.of("goal", goal[None])[0]
        gap = (ends / ends.norm() - into / into.norm()).norm()
        losses.append(0.1 * density + gap)
    expected = torch.stack(losses).mean()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
    own = {name: p.grad for name, p in actor.named_parameters()}
    torch.testing.assert_close(found, own, atol=1e-6, rtol=1e-5)


def test_beside_an_actor_the_critic_learns_as_it_does_alone():
    gradients = []
    for weight in (0.0, 1.0):
        module, datamodule, _ = parts(*POINT, f"module.head_weight={weight}")
        module.training_step(next(iter(datamodule.train_dataloader()))).backward()
        gradients.append({n: p.grad for n, p in module.network.encoder.named_parameters()})
    torch.testing.assert_close(*gradients, atol=0, rtol=0)


def test_an_actor_proposes_actions_of_which_the_critic_chooses():
    module, datamodule, _ = parts(*POINT)
    network, seen = module.network, datamodule.replay.held.observation[:500]
    goal, reader = np.roll(seen, 7, 0), network.preprocess
    mean, deviation = network.head.normal(reader.asked(*map(torch.tensor, (seen, goal))))
    into = network.project(network.encoder.of("goal", reader.goal(torch.tensor(goal))))
    noise = torch.tensor(np.random.default_rng(0).standard_normal((16, 500, 2))).float()
    proposals = (mean + deviation * noise).tanh().detach()
    moves = [network.encoder.of("move", reader.move(torch.tensor(seen), p)) for p in proposals]
    far = torch.stack([(network.project(move) - into).norm(dim=1) for move in moves])
    best = acting(network, 0.0, np.random.default_rng(0))(seen, goal)
    expected = proposals[far.argmin(0), torch.arange(500)]
    assert best.dtype == np.float32 and np.isclose(best, expected, atol=1e-5).all(1).mean() > 0.99
    drawn = acting(network, 1e6, np.random.default_rng(0))(seen, goal).astype(np.float64)
    own = (np.arctanh(drawn) - mean.detach().numpy()) / deviation.detach().numpy()
    assert own.mean() == pytest.approx(0, abs=0.1) and own.std() == pytest.approx(1, abs=0.1)
    best = mean.tanh().detach().numpy()
    moved = network.preprocess.move(torch.tensor(seen), torch.tensor(best))
    ends = network.project(network.encoder.of("move", moved))
    assert np.allclose(value(network, seen, goal), -(ends - into).norm(dim=1).detach(), atol=1e-4)


@pytest.mark.parametrize(
    ("words", "mend"),
    [((*TINY, "head=actor"), "numbers: set head=none"), ((*POINT, "head=none"), "set head=actor")],
    ids=["numbers", "vectors"],
)
def test_actions_of_another_kind_than_the_head_takes_are_told_in_a_line(words, mend, tmp_path):
    module, datamodule, run = parts(*words, "trainer.max_epochs=1")
    quieten()
    with pytest.raises(InputError, match=mend) as caught:
        build_trainer(run, tmp_path, [], []).fit(module, datamodule)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("words", [TINY, POINT], ids=["critic", "actor"])
@pytest.mark.parametrize("event", [7, 13], ids=["in an epoch", "in validation"])
def test_a_run_that_was_broken_off_ends_like_the_run_left_alone(tmp_path, event, words):
    often = ("trainer.check_val_every_n_epoch=1", "callbacks.play.episodes=5")
    run = composed(*words, *often, "trainer.max_epochs=3")
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
    module, datamodule, _ = parts(*TINY, HALL)
    start, goal = np.array([0, 1, 2] * 400), np.array([3, 3, 0] * 400)
    values = critic(module.network, start, goal)
    assert values.shape == (1200, 4) and (values <= 0).all()
    best = values.argmax(1).numpy()
    act = acting(module.network, 0.0, np.random.default_rng(0))
    assert np.array_equal(act(start, goal), best)
    soft = acting(module.network, 0.5, np.random.default_rng(0))(start, goal)[::3]
    chance = (values[0] / 0.5).softmax(0).numpy()
    assert np.bincount(soft, minlength=4) / 400 == pytest.approx(chance, abs=0.08)
    by_chance = at_random(datamodule.environment, random := np.random.default_rng(0))
    mixed = exploring(act, by_chance, 0.4, random)(start, goal)
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
