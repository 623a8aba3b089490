"""PPO on a sparse reward, on the true distance, and on a learnt one: python ppo.py 0 1 2.

For each seed a critic is trained first, unless its run is there. Then PPO of stable-baselines3 (the
extra agents_baselines) learns each of four ways through four rooms. A line for each reward and
seed: the share of episodes that reach the goal, and SPL, after each part of the training.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
import yaml

from lightning_contrast import load
from lightning_contrast.config.construct import construct
from lightning_contrast.data.play import played
from lightning_contrast.environments._registered import ID, register
from lightning_contrast.environments.grid import Grid
from lightning_contrast.errors import InputError, missing_extra, refuse
from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.markdown import markdown_table
from lightning_contrast.report.style import colours, new_figure, save

CONF = Path(__file__).resolve().parents[2] / "conf"
RUNS = Path("runs/experiments/learned_reward")
GAMMA = 0.95  # of PPO
# Weight and discount of the change of a potential; of 1, standing still is not paid.
REWARDS = {
    "sparse": (0.0, 1.0),
    "true distance": (5.0, 1.0),
    "learnt": (5.0, 1.0),
    "true distance, discounted": (5.0, GAMMA),
    "learnt, discounted": (5.0, GAMMA),
}
MOST = 20  # steps between two cells; the true potential is from -1 to 0
STEPS, PARTS, EPISODES = 12_288, 6, 200  # a part is four rounds of PPO
PPO = {"n_steps": 64, "batch_size": 128, "n_epochs": 8, "learning_rate": 1e-3, "ent_coef": 0.01}
COPIES = 8


def rooms() -> Grid:
    """Four rooms, as the critic has them."""
    return construct(yaml.safe_load((CONF / "environment/four_rooms.yaml").read_text()))


def ways(maze: Grid) -> list[tuple[int, int]]:
    """From each corner to the opposite one, in cells."""
    number = {tuple(cell): at for at, cell in enumerate(maze.maze.cells.tolist())}
    low, high = maze.maze.cells.min(), maze.maze.cells.max()
    corners = [number[row, column] for row in (low, high) for column in (low, high)]
    return list(zip(corners, reversed(corners), strict=True))


def critic(seed: int) -> Path:
    """The checkpoint of the seed's critic; trains it where it is not there."""
    folder = RUNS / "critic" / str(seed)
    if not (folder / "result.json").is_file():
        words = ["modality=moment", "recipe=contrastive_rl", "logger=csv", "quiet=true"]
        words += [f"seed={seed}", f"hydra.run.dir={folder}"]
        subprocess.run(
            [sys.executable, "-m", "lightning_contrast.commands.train", *words], check=True
        )
    return folder / "checkpoints/best.ckpt"


def rewarded(reward: str, way: tuple[int, int], maze: Grid, seed: int):
    """Makes copies of the environment of a way, with 1 in the goal's cell and the reward's gain."""
    import gymnasium

    from lightning_contrast.inference.learned_reward import PotentialReward, learned_reward

    register()
    network = load(critic(seed)) if reward.startswith("learnt") else None

    def distance(place: np.ndarray, goal: np.ndarray) -> np.ndarray:
        return -maze.maze.distance[place, goal] / MOST

    def make():
        plain = gymnasium.make(ID, layout=maze.layout, way=way)
        plain = gymnasium.wrappers.TransformReward(plain, lambda gain: gain + 1)
        if network is not None:
            return learned_reward(plain, network, *REWARDS[reward])
        return PotentialReward(plain, distance, *REWARDS[reward])

    return make


def learn(reward: str, way: tuple[int, int], seed: int) -> list[dict[str, float]]:
    """PPO (Schulman et al. 2017, arXiv:1707.06347); how it plays after each part."""
    try:
        import stable_baselines3 as sb3
    except ImportError as error:
        raise missing_extra("stable-baselines3", "agents_baselines") from error
    from stable_baselines3.common.vec_env import DummyVecEnv

    maze, found = rooms(), []
    made = DummyVecEnv([rewarded(reward, way, maze, seed)] * COPIES)
    layers = {"net_arch": [64, 64]}
    model = sb3.PPO(
        "MultiInputPolicy", made, gamma=GAMMA, seed=seed, device="cpu", policy_kwargs=layers, **PPO
    )

    def act(observation: np.ndarray, goal: np.ndarray) -> np.ndarray:
        keys = {"observation": observation, "achieved_goal": observation, "desired_goal": goal}
        return model.predict(keys, deterministic=False)[0]

    for part in range(PARTS):
        model.learn(STEPS // PARTS, reset_num_timesteps=not part)
        began = maze.begin_at(*np.repeat(np.array(way)[:, None], EPISODES, 1))
        outcome = played(maze, act, began, np.random.default_rng((seed, 2)))[1]
        found.append({**outcome.figures, "steps_taken": model.num_timesteps})
    return found


def main(seeds: list[int]) -> None:
    """Prints a line for each reward and seed, and keeps all figures in results.json."""
    found = []
    for seed in seeds:
        critic(seed)
        for reward in REWARDS:
            start = time.process_time()
            each = [learn(reward, way, seed) for way in ways(rooms())]
            spent = time.process_time() - start
            told = []
            for part in zip(*each, strict=True):
                mean = {k: float(np.mean([way[k] for way in part])) for k in part[0]}
                found.append({"reward": reward, "seed": seed, **mean})
                told.append(f"{mean['success']:.3f}/{mean['spl']:.3f}")
            print(f"{reward} seed {seed}: {' '.join(told)} ({spent:.0f} CPU s)", flush=True)
            (RUNS / "results.json").write_text(json.dumps(found))
    print(table(found))
    draw(found, Path(__file__).parent / "curves.png")


def table(found: list[dict]) -> str:
    """Mean and deviation over the seeds: halfway, and at the end."""
    seeds, lines = len({each["seed"] for each in found}), []
    for reward in REWARDS:
        cells = []
        for steps in (STEPS // 2, STEPS):
            at = [e for e in found if (e["reward"], e["steps_taken"]) == (reward, steps)]
            for name, factor, digits in (("success", 100, 1), ("spl", 1, 3)):
                own = [factor * each[name] for each in at]
                sd = np.std(own, ddof=min(1, len(own) - 1))
                cells.append(f"{np.mean(own):.{digits}f} ± {sd:.{digits}f}")
        lines.append((reward, seeds, *cells))
    half, whole = (f"{steps:,} steps" for steps in (STEPS // 2, STEPS))
    heads = ("reward of PPO", "seeds", f"goals reached after {half}, %", f"SPL after {half}")
    heads += (f"goals reached after {whole}, %", f"SPL after {whole}")
    return markdown_table(ReportTable(heads, lines))


def draw(found: list[dict], output: Path) -> None:
    """Success and SPL over the steps of PPO: mean over the seeds, and a band of one deviation."""

    def figure():
        made = new_figure(10, 3.8)
        axes = made.subplots(1, 2)
        for axis, name in zip(axes, ("success", "spl"), strict=True):
            for reward, colour in zip(REWARDS, colours(len(REWARDS)), strict=True):
                own = [each for each in found if each["reward"] == reward]
                runs = [
                    [e for e in own if e["seed"] == s] for s in sorted({e["seed"] for e in own})
                ]
                steps = [each["steps_taken"] for each in runs[0]]
                values = np.array([[each[name] for each in run] for run in runs])
                mean, sd = values.mean(0), values.std(0, ddof=min(1, len(runs) - 1))
                axis.plot(steps, mean, color=colour, label=reward)
                axis.fill_between(steps, mean - sd, mean + sd, color=colour, alpha=0.2, lw=0)
            axis.set_title({"success": "goals reached", "spl": "SPL"}[name])
            axis.set_xlabel("steps of PPO in the environment")
            axis.set_ylim(0, 1.02)
            axis.grid()
        axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
        return made

    save(figure, output)


if __name__ == "__main__":
    torch.set_num_threads(1)
    try:
        main([int(word) for word in sys.argv[1:]] or [0, 1, 2])
    except InputError as error:
        refuse(error)
