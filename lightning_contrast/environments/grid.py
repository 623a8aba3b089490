"""Mazes of cells, many at once."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.config.ranges import Count, Share
from lightning_contrast.environments._maze import MOVES, Maze
from lightning_contrast.environments.environment import Environment, Seen, Space, StepResult


class Grid(Environment):
    """A maze whose goal is a cell: all copies move by one look-up in a table.

    An observation is the number of the agent's cell, and so is a goal. Start and goal are two
    different cells, drawn evenly. An action is a step ``up``, ``down``, ``left`` or ``right``; into
    a wall it leads nowhere. The reward is 1 in the goal's cell, else 0.

    Args:
        layout: the maze, a text for each row: ``#`` is a wall, all else free; walls all around.
        horizon: steps of an episode at most.
        slip: share of the steps in which chance moves the agent, whatever its action is.

    Raises:
        InputError: rows of unequal length, a border that is open, fewer than two free cells, or
            cells that no way leads to.

    >>> maze = Grid(["#####", "#...#", "#####"], horizon=5)
    >>> seen, goal = maze.start(2, np.random.default_rng(0))
    >>> maze.observations, maze.step(np.array([2, 3])).seen.observation.shape
    (Space(size=3, numbered=True, image=()), (2,))
    """

    def __init__(self, layout: Sequence[str], horizon: Count = 100, slip: Share = 0.0) -> None:
        self.layout, self.horizon, self.slip = list(layout), horizon, slip
        self.maze = Maze(layout)
        self.actions = list(MOVES)
        self.observations = self.goals = Space(len(self.maze.cells), numbered=True)

    def start(self, count: int, random: np.random.Generator) -> tuple[Seen, np.ndarray]:
        cells = len(self.maze.cells)
        self._random = random
        cell = random.integers(cells, size=count)
        return self.begin_at(cell, (cell + random.integers(1, cells, size=count)) % cells)

    def begin_at(self, cell: np.ndarray, goal: np.ndarray) -> tuple[Seen, np.ndarray]:
        """Begins episodes in these cells ``(n,)``, with these goals ``(n,)``."""
        self._cell, self._goal = cell, goal
        return Seen(cell, cell), goal

    def step(self, action: np.ndarray) -> StepResult:
        if self.slip:
            chance = self._random.integers(len(self.actions), size=len(action))
            action = np.where(self._random.random(len(action)) < self.slip, chance, action)
        self._cell = self.maze.leads[self._cell, action]
        reached = self._cell == self._goal
        seen = Seen(self._cell, self._cell)
        return StepResult(seen, reached.astype(float), reached, np.zeros(len(action), dtype=bool))

    def shortest(self, place: np.ndarray, goal: np.ndarray) -> np.ndarray:
        return self.maze.distance[place, goal]

    def picture(self, copy: int = 0) -> np.ndarray:
        return self.maze.picture(int(self._cell[copy]), int(self._goal[copy]))
