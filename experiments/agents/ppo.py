"""PPO by the sparse reward of goals that it is told: python experiments/agents/ppo.py tune 0 1 2.

A line a seed: success and SPL over 1,000 episodes, by its own chance and by its favourite action,
and CPU seconds. It needs the extra agents_baselines. With the word ``tune``, it is first tuned on
seed 10: one setting after the other, each kept where it reaches more goals.
"""

import sys
import time

import numpy as np
import torch
from baselines import EPISODES, EPOCHS, FIRST, rooms, told

SETTINGS = {"learning_rate": (0.001, 0.003), "ent_coef": (0.01, 0.05), "n_epochs": (8, 16)}
"""What is tuned: where it begins, and what is tried in its place."""


def learnt(seed: int, settings: dict[str, float]) -> float:
    """PPO (Schulman et al. 2017, arXiv:1707.06347) of stable-baselines3, with as many steps in the
    maze as the other arms; the share of goals reached by its own chance."""
    import gymnasium
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import DummyVecEnv

    from lightning_contrast.environments._registered import ID, register

    start = time.process_time()
    register()

    def make():
        maze = gymnasium.make(ID, layout=rooms().layout)
        return gymnasium.wrappers.TransformReward(maze, lambda gain: gain + 1)

    model = PPO(
        "MultiInputPolicy",
        DummyVecEnv([make] * 8),
        n_steps=64,
        batch_size=128,
        gamma=0.95,
        policy_kwargs={"net_arch": [128, 128]},
        seed=seed,
        device="cpu",
        **settings,
    )
    model.learn(100 * (FIRST + EPISODES * (EPOCHS - 1)))
    said, found = " ".join(f"{name} {value}" for name, value in settings.items()), []
    for favourite in (False, True):

        def act(observation: np.ndarray, goal: np.ndarray, favourite: bool = favourite):
            keys = {"observation": observation, "achieved_goal": observation, "desired_goal": goal}
            return model.predict(keys, deterministic=favourite)[0]

        found.append(told("PPO", f"{said} favourite {favourite}", seed, act, start))
    return found[0]


if __name__ == "__main__":
    torch.set_num_threads(1)
    chosen = {name: values[0] for name, values in SETTINGS.items()}
    if "tune" in sys.argv:
        reached = learnt(10, chosen)
        for name, values in SETTINGS.items():
            found = learnt(10, tried := {**chosen, name: values[1]})
            if found > reached:
                chosen, reached = tried, found
    for word in sys.argv[1:]:
        if word != "tune":
            learnt(int(word), chosen)
