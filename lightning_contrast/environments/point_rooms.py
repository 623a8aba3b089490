"""A point that moves through rooms, many at once."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.environments._maze import AGENT, GOAL, Maze
from lightning_contrast.environments.environment import Environment, Seen, Space, StepResult

PIXELS = 8  # a cell, in a picture


class PointRooms(Environment):
    """A maze in which a point moves by vectors: its place and its goal are two numbers.

    An observation is the place of the point, ``(2,)``, counted in cells from the upper left corner.
    Start and goal are in two different cells, drawn evenly, anywhere in the cell. An action says
    how far the point is to move ``down`` and to the ``right``, in shares of ``speed``; where a wall
    would be, that part of the move leads nowhere. A goal is reached within ``reach``, and the
    reward is 1 there, else 0.

    Args:
        layout: the maze, a text for each row: ``#`` is a wall, all else free; walls all around.
        horizon: steps of an episode at most.
        speed: cells of a step along a side at most; with 1 or less no wall is leapt over.
        reach: cells from the goal, in a straight line.

    Raises:
        InputError: rows of unequal length, a border that is open, fewer than two free cells, or
            cells that no way leads to.

    >>> rooms = PointRooms(["#####", "#...#", "#####"])
    >>> seen, goal = rooms.start(2, np.random.default_rng(0))
    >>> rooms.observations, rooms.step(np.zeros((2, 2))).seen.place.shape
    (Space(size=2, numbered=False, image=()), (2, 2))
    """

    continuous = True

    def __init__(
        self,
        layout: Sequence[str],
        horizon: Count = 100,
        speed: Annotated[float, Range(above=0, most=1, unit="cells")] = 0.5,
        reach: Annotated[float, Range(least=0.01, most=2, unit="cells")] = 0.5,
    ) -> None:
        self.layout, self.horizon = list(layout), horizon
        self.speed, self.reach = speed, reach
        self.maze = Maze(layout)
        self.actions = ["down", "right"]
        self.observations = self.goals = Space(2, numbered=False)

    def start(self, count: int, random: np.random.Generator) -> tuple[Seen, np.ndarray]:
        cells = self.maze.cells
        cell = random.integers(len(cells), size=count)
        other = (cell + random.integers(1, len(cells), size=count)) % len(cells)
        within = random.random((2, count, 2))
        self._place = (cells[cell] + within[0]).astype(np.float32)
        self._goal = (cells[other] + within[1]).astype(np.float32)
        return Seen(self._place, self._place), self._goal

    def step(self, action: np.ndarray) -> StepResult:
        move = (self.speed * action.clip(-1, 1)).astype(np.float32)
        for side in range(2):
            ahead = self._place.copy()
            ahead[:, side] += move[:, side]
            wall = self.maze.wall[tuple(ahead.astype(np.int64).T)]
            self._place = np.where(wall[:, None], self._place, ahead)
        reached = np.linalg.norm(self._place - self._goal, axis=1) <= self.reach
        seen = Seen(self._place, self._place)
        return StepResult(seen, reached.astype(float), reached, np.zeros(len(action), dtype=bool))

    def picture(self, copy: int = 0) -> np.ndarray:
        image = self.maze.empty(PIXELS)
        middle = (np.indices(image.shape[:2]).transpose(1, 2, 0) + 0.5) / PIXELS
        for place, colour, radius in ((self._goal, GOAL, self.reach), (self._place, AGENT, 0.4)):
            image[np.linalg.norm(middle - place[copy], axis=2) <= radius] = colour
        return image
