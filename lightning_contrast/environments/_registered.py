"""Our mazes for the users of gymnasium: ``gymnasium.make("lightning_contrast/Grid-v0")``."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Dict, Discrete

from lightning_contrast.environments.grid import Grid
from lightning_contrast.errors import InputError

ID = "lightning_contrast/Grid-v0"


class GridEnv(gymnasium.Env):
    """One copy of a ``Grid``, with the keys that hindsight replay expects.

    The reward is 0 in the goal's cell, else -1, as Andrychowicz et al. 2017 (arXiv:1707.01495) have
    it; an episode ends in the goal's cell. ``way``: the cells of start and goal in all episodes;
    None: any two. Raises ``InputError`` for cells that the maze does not have.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 8}  # noqa: RUF012  # gymnasium's form

    def __init__(
        self,
        layout: Sequence[str],
        horizon: int = 100,
        way: Sequence[int] | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode, self.way = render_mode, way
        self.grid, self.horizon = Grid(layout, horizon), horizon
        cells = self.grid.observations.size
        if way is not None and (len(way) != 2 or not set(way) <= set(range(cells))):
            raise InputError(
                f"way must be two cells, of start and goal, from 0 to {cells - 1}, got {way}"
            )
        keys = ("observation", "achieved_goal", "desired_goal")
        self.observation_space = Dict({key: Discrete(cells) for key in keys})
        self.action_space = Discrete(len(self.grid.actions))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        seen, self._goal = self.grid.start(1, self.np_random)
        if self.way is not None:
            seen, self._goal = self.grid.begin_at(*np.array(self.way)[:, None])
        self._steps = 0
        return self._shown(seen.place), {}

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        moved = self.grid.step(np.array([int(action)]))
        self._steps += 1
        reached = bool(moved.reached[0])
        shown = self._shown(moved.seen.place)
        return shown, reached - 1.0, reached, self._steps >= self.horizon, {"is_success": reached}

    def compute_reward(self, achieved: Any, desired: Any, info: Any) -> np.ndarray:
        """0 where a cell is the goal's, else -1, for cells ``(n,)`` or one-hot ``(n, cells)``."""
        same = np.asarray(achieved) == np.asarray(desired)
        return (same.all(-1) if same.ndim > 1 else same) - 1.0

    def render(self) -> np.ndarray:
        return self.grid.picture()

    def _shown(self, cell: np.ndarray) -> dict[str, Any]:
        place, goal = np.int64(cell[0]), np.int64(self._goal[0])
        return {"observation": place, "achieved_goal": place, "desired_goal": goal}


def register() -> None:
    """Makes gymnasium know the mazes; further calls do nothing."""
    if ID not in gymnasium.registry:
        gymnasium.register(ID, f"{__name__}:GridEnv")
