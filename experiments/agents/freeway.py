"""DQN learns MinAtar's Freeway: PYTHONPATH=. python experiments/agents/freeway.py 0 1 2.

A line a seed: the share of 200 episodes that come to a reward, the steps until then, and CPU
seconds. It needs the extra agents_baselines, and pip install minatar.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from lightning_contrast.data.play import at_random, play
from lightning_contrast.environments.gymnasium import Gymnasium
from lightning_contrast.modules.acting import Act, exploring

SETTINGS = yaml.safe_load(Path(__file__).with_name("minatar.yaml").read_text())["environment"]
STEPS = SETTINGS["horizon"] * (32 + 16 * 19)  # those of the contrastive agent


def learnt(seed: int) -> Act:
    """The favourite actions of DQN (Mnih et al. 2015) of stable-baselines3."""
    import gymnasium
    from stable_baselines3 import DQN

    game = gymnasium.make(SETTINGS["id"], max_episode_steps=SETTINGS["horizon"])
    model = DQN(
        "MlpPolicy",
        gymnasium.wrappers.FlattenObservation(game),
        learning_rate=0.001,
        gamma=0.95,
        buffer_size=STEPS,
        learning_starts=4800,
        batch_size=256,
        train_freq=8,
        target_update_interval=1000,
        exploration_final_eps=0.2,
        exploration_fraction=0.3,
        policy_kwargs={"net_arch": [128, 128]},
        seed=seed,
        device="cpu",
    )
    model.learn(STEPS)
    return lambda observation, goal: model.predict(observation, deterministic=True)[0]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for seed in map(int, sys.argv[1:]):
        start = time.process_time()
        own = learnt(seed)
        spent = time.process_time() - start
        game, random = Gymnasium(**SETTINGS), np.random.default_rng(seed)
        for chance in (0.0, 0.1):
            act = exploring(own, at_random(game, random), chance, random)
            figures = play(game, act, 200, np.random.default_rng((seed, 2)))[1].figures
            said = f"success {figures['success']:.3f} steps {figures['steps']:.1f}"
            print(f"DQN seed {seed} chance {chance}: {said} ({spent:.0f} CPU s)", flush=True)
