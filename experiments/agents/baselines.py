"""Goal-conditioned cloning, and DQN with hindsight: python experiments/agents/baselines.py 0 1 2.

A line an arm and seed: success and SPL over 1,000 episodes, CPU seconds. Cloning needs nothing
more; DQN needs the extra agents_baselines. With the word ``tune``, DQN is first tuned on seed 10:
one setting after the other, each kept where it reaches more goals.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
import yaml
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from lightning_contrast.config.construct import construct
from lightning_contrast.data.play import at_random, play
from lightning_contrast.data.replay import Replay
from lightning_contrast.environments.grid import Grid
from lightning_contrast.modules.acting import Act, exploring
from lightning_contrast.positives.future import FuturePositives

CONF = Path(__file__).resolve().parents[2] / "conf"
EPOCHS, STEPS, BATCH, EPISODES, FIRST = 40, 50, 256, 16, 32  # as run.yaml has them
EPISODES_TESTED = 1000


def rooms() -> Grid:
    """Four rooms, as the run has them."""
    return construct(yaml.safe_load((CONF / "environment/four_rooms.yaml").read_text()))


def told(arm: str, settings: str, seed: int, act: Act, start: float) -> float:
    """Plays the test episodes of the protocol, and prints a line; the share of goals reached."""
    spent = time.process_time() - start
    random = np.random.default_rng((seed, 2))
    figures = play(rooms(), act, EPISODES_TESTED, random)[1].figures
    found = f"success {figures['success']:.3f} spl {figures['spl']:.3f}"
    print(f"{arm} {settings} seed {seed}: {found} ({spent:.0f} CPU s)", flush=True)
    return figures["success"]


def cloning(seed: int, gamma: float = 0.95, lr: float = 0.003, temperature: float = 1.0) -> None:
    """The action that led from here to a later place (Ghosh et al. 2019, arXiv:1912.06088): the
    network's size, data and steps are those of the contrastive agent."""
    start = time.process_time()
    torch.manual_seed(seed)
    maze, random, replay = rooms(), np.random.default_rng(seed), Replay()
    cells = maze.observations.size
    layers: list[nn.Module] = []
    for size in (2 * cells, 128):
        layers += [nn.Linear(size, 128), nn.LayerNorm(128), nn.SiLU()]
    policy = nn.Sequential(*layers, nn.Linear(128, 4))
    optimizer = torch.optim.AdamW(policy.parameters(), lr=lr, weight_decay=0.0)
    total = EPOCHS * STEPS
    decay = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / total)

    def logits(observation: np.ndarray, goal: np.ndarray) -> torch.Tensor:
        both = [one_hot(torch.from_numpy(each), cells).float() for each in (observation, goal)]
        return policy(torch.cat(both, 1))

    def act(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            values = logits(observation, goal).numpy()
        return (values + temperature * random.gumbel(size=values.shape)).argmax(1)

    for epoch in range(EPOCHS):
        chance = at_random(maze, random)
        own = exploring(act, chance, 0.2, random) if epoch else chance
        replay.add(play(maze, own, EPISODES if epoch else FIRST, random, explores=True)[0])
        moments = replay.held
        for _ in range(STEPS):
            index = random.choice(replay.movable, BATCH)
            later = FuturePositives(gamma, replay.ends)(index, random)
            action = torch.from_numpy(moments.action[index])
            loss = cross_entropy(logits(moments.observation[index], moments.place[later]), action)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            decay.step()
    told("cloning", f"gamma {gamma} lr {lr} temperature {temperature}", seed, act, start)


SETTINGS = {
    "learning_rate": (0.001, 0.0003, 0.003),
    "gamma": (0.95, 0.98, 0.9),
    "target_update_interval": (1000, 250),
    "exploration_final_eps": (0.1, 0.3),
    "exploration_fraction": (0.3, 0.6),
    "train_freq": (16, 4),  # last: of 4, a run takes four times as long
}
"""What is tuned of DQN: where it begins, and what is tried in its place."""


def hindsight(seed: int, settings: dict[str, float]) -> float:
    """DQN (Mnih et al. 2015) with hindsight goals (Andrychowicz et al. 2017, arXiv:1707.01495) of
    stable-baselines3, with as many steps in the maze; the share of goals reached, with a little
    chance in acting as the other arms have."""
    import gymnasium
    from stable_baselines3 import DQN, HerReplayBuffer

    from lightning_contrast.environments._registered import ID, register

    start = time.process_time()
    register()
    steps = 100 * (FIRST + EPISODES * (EPOCHS - 1))
    model = DQN(
        "MultiInputPolicy",
        gymnasium.make(ID, layout=rooms().layout),
        buffer_size=steps,
        learning_starts=3200,
        batch_size=BATCH,
        replay_buffer_class=HerReplayBuffer,
        replay_buffer_kwargs={"n_sampled_goal": 4, "goal_selection_strategy": "future"},
        policy_kwargs={"net_arch": [128, 128]},
        seed=seed,
        device="cpu",
        **settings,
    )
    model.learn(steps)

    def act(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        keys = {"observation": observation, "achieved_goal": observation, "desired_goal": goal}
        return model.predict(keys, deterministic=True)[0]

    said = " ".join(f"{name} {value}" for name, value in settings.items())
    found = 0.0
    for chance in (0.0, 0.1):
        random = np.random.default_rng(seed)
        own = exploring(act, at_random(rooms(), random), chance, random)
        found = told("DQN + HER", f"{said} chance {chance}", seed, own, start)
    return found


def tuned(seed: int = 10) -> dict[str, float]:
    """The settings of DQN that reach most goals, one after the other."""
    best = {name: values[0] for name, values in SETTINGS.items()}
    reached = hindsight(seed, best)
    for name, values in SETTINGS.items():
        for value in values[1:]:
            found = hindsight(seed, tried := {**best, name: value})
            if found > reached:
                best, reached = tried, found
    return best


if __name__ == "__main__":
    torch.set_num_threads(1)
    words = sys.argv[1:]
    chosen = {name: values[0] for name, values in SETTINGS.items()}
    if "tune" in words:
        chosen = tuned()
    for each in map(int, (word for word in words if word != "tune")):
        cloning(each)
        hindsight(each, chosen)
