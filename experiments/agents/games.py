"""MinAtar's games for gymnasium: environment.id=experiments.agents.games:MinAtar/Breakout-v1."""

from minatar.gym import register_envs  # pip install minatar

register_envs()
