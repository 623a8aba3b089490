"""Goal-conditioned cloning of vectors: python experiments/agents/points.py 0 1 2.

A line a seed: goals reached of 1,000, steps, CPU seconds. The actor has the size, the data and the
steps of the contrastive agent's (``points.yaml``), and imitates the action that led from here to a
later place (Ghosh et al. 2019, arXiv:1912.06088). With the word ``tune``, the discount and the
temperature of the test are first chosen on seed 10.
"""

import sys
import time
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
import yaml

from lightning_contrast.config.construct import construct
from lightning_contrast.data.moments import MomentDataModule
from lightning_contrast.data.play import at_random, play
from lightning_contrast.heads.actor import Actor
from lightning_contrast.modules.acting import Act, exploring
from lightning_contrast.positives.future import FuturePositives

CONF = Path(__file__).resolve().parents[2] / "conf"
OWN = yaml.safe_load(Path(__file__).with_name("points.yaml").read_text())
EPOCHS, STEPS, BATCH, EPISODES = OWN["trainer"]["max_epochs"], 50, 256, 16
GAMMAS, TEMPERATURES = (0.95, 0.975, 0.9), (0.01, 0.3, 1.0)


def cloning(seed: int, gamma: float, lr: float = 0.003) -> tuple[MomentDataModule, Actor, float]:
    """Trains an actor; its data, with the reader, and the CPU seconds."""
    start = time.process_time()
    torch.manual_seed(seed)
    described = yaml.safe_load((CONF / "environment/point_rooms.yaml").read_text())
    rooms = construct({**described, **OWN.get("environment", {})})
    data = MomentDataModule(rooms, partial(FuturePositives, gamma), BATCH, seed=seed)
    data.setup()
    actor, random = Actor(2, 2, 2), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(actor.parameters(), lr=lr, weight_decay=0.0)
    total = EPOCHS * STEPS
    decay = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / total)
    for epoch in range(EPOCHS):
        if epoch:
            own = acting(data, actor, 1.0, random)
            act = exploring(own, at_random(rooms, random), 0.2, random)
            data.replay.add(play(rooms, act, EPISODES, random, True)[0])
        for _ in range(STEPS):
            parts = data.drawn(BATCH, random).inputs.parts
            asked = data.preprocess.asked(parts["move"]["observation"], parts["goal"])
            loss, count = actor.loss(asked, parts["move"]["action"])
            optimizer.zero_grad()
            (loss / count).backward()
            optimizer.step()
            decay.step()
    return data, actor, time.process_time() - start


def acting(
    data: MomentDataModule, actor: Actor, temperature: float, random: np.random.Generator
) -> Act:
    """What the actor does, its deviation multiplied by a temperature."""

    def act(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        asked = data.preprocess.asked(torch.from_numpy(observation), torch.from_numpy(goal))
        with torch.inference_mode():
            mean, deviation = actor.normal(asked)
        noise = torch.from_numpy(random.standard_normal(mean.shape)).float()
        return (mean + temperature * deviation * noise).tanh().numpy()

    return act


def told(seed: int, gamma: float, temperatures: tuple[float, ...]) -> dict[float, float]:
    """Plays the test episodes of the protocol, and prints a line for each temperature."""
    data, actor, spent = cloning(seed, gamma)
    found = {}
    for temperature in temperatures:
        act = acting(data, actor, temperature, np.random.default_rng(seed))
        random = np.random.default_rng((seed, 2))
        figures = play(data.environment, act, 1000, random)[1].figures
        said = f"success {figures['success']:.3f} steps {figures['steps']:.1f}"
        print(f"gamma {gamma} temperature {temperature} seed {seed}: {said} ({spent:.0f} CPU s)")
        found[temperature] = figures["success"]
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    words, best = sys.argv[1:], (GAMMAS[1], TEMPERATURES[2])
    if "tune" in words:
        tried = {gamma: told(10, gamma, TEMPERATURES) for gamma in GAMMAS}
        best = max(product(GAMMAS, TEMPERATURES), key=lambda pair: tried[pair[0]][pair[1]])
    for each in map(int, (word for word in words if word != "tune")):
        told(each, best[0], (best[1],))
