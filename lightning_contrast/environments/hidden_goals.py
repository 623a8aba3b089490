"""Mazes whose goal nobody is told: rewards of other moments say where it is."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.config.ranges import Count, CountFromZero, Seed
from lightning_contrast.environments.environment import Seen, Space, StepResult, TaskEnvironment
from lightning_contrast.environments.grid import Grid
from lightning_contrast.errors import InputError
from lightning_contrast.rows.split_names import TEST, TRAIN, VALIDATION


class HiddenGoals(TaskEnvironment):
    """Each free cell of a maze is the goal of a task, which shows in the reward alone.

    The reward is 1 in cells up to ``reach`` steps from the goal, where the episode ends, else 0. An
    agent sees its cell and the *context* of its episode: some transitions of the same task, from
    any cells, by any actions. An observation is a table of bytes 0 or 255, uint8
    ``(1, 1 + transitions, m)``: the first line is the agent's cell; each other line is a cell, an
    action, the reward and the next cell. A cell is its row and column, each one-hot. Each goal has
    ``contexts`` variants: another context and another start, always the same of a seed.

    Args:
        layout: the maze, as of ``Grid``.
        horizon: steps of an episode at most.
        reach: steps from the goal up to which the reward is 1.
        transitions: of a context; 0: nothing tells the goal.
        contexts: variants of each goal.
        drawn: goals of training.
        validation: goals of validation; the rest are the test.
        seed: of all draws.

    Raises:
        InputError: no such maze, or goals that leave none for the test.

    Source: sparse rewards and contexts as in Li et al. 2021 (arXiv:2010.01112), in a maze.

    >>> tasks = HiddenGoals(["######", "#    #", "######"], drawn=2, validation=1, contexts=3)
    >>> tasks.side.tolist().count(0), tasks.observations.image
    (6, (1, 17, 23))
    """

    modality = "image"

    def __init__(
        self,
        layout: Sequence[str],
        horizon: Count = 40,
        reach: CountFromZero = 2,
        transitions: CountFromZero = 16,
        contexts: Count = 40,
        drawn: Count = 40,
        validation: CountFromZero = 16,
        seed: Seed = 0,
    ) -> None:
        self.grid = Grid(layout, horizon)
        self.layout, self.horizon, self.reach = self.grid.layout, horizon, reach
        self.transitions, self.contexts = transitions, contexts
        self.drawn, self.validation, self.seed = drawn, validation, seed
        maze, goals = self.grid.maze, len(self.grid.maze.cells)
        if drawn + validation >= goals:
            raise InputError(
                f"environment.drawn and environment.validation leave no goal of {goals} for the "
                f"test, got {drawn} and {validation}: set environment.drawn={max(1, goals // 3)} "
                f"environment.validation={goals // 6}"
            )
        self.actions = self.grid.actions
        self.goals = self.grid.goals
        self.axes = ("column", "row")
        self.family = np.repeat(np.arange(goals), contexts)  # a task's goal
        self.numbers = maze.cells[self.family][:, ::-1]
        random = np.random.default_rng(seed)
        side = np.full(goals, TEST, dtype=np.int8)
        order = random.permutation(goals)
        side[order[:drawn]], side[order[drawn : drawn + validation]] = TRAIN, VALIDATION
        self.side = side[self.family]
        self._places = np.concatenate([np.eye(size)[axis] for size, axis in self._axes()], 1)
        self._begins = random.integers(goals, size=len(self.family))
        self._context = self._told(random)
        lines, columns = self._context.shape[1] + 1, self._context.shape[2]
        image = (1, lines, columns)
        self.observations = Space(lines * columns, numbered=False, image=image)

    def begin(self, task: np.ndarray) -> tuple[Seen, np.ndarray]:
        self._task, self._cell = task, self._begins[task]
        return self._seen(), self.family[task]

    def step(self, action: np.ndarray) -> StepResult:
        self._cell = self.grid.maze.leads[self._cell, action]
        reached = self._rewarded(self._cell, self.family[self._task])
        return StepResult(self._seen(), reached.astype(float), reached, reached.copy())

    def expert(self) -> np.ndarray:
        maze, goal = self.grid.maze, self.family[self._task]
        return maze.distance[maze.leads[self._cell], goal[:, None]].argmin(1)

    def shortest(self, place: np.ndarray, goal: np.ndarray) -> np.ndarray:
        return (self.grid.maze.distance[place, goal] - self.reach).clip(0)

    def picture(self, copy: int = 0) -> np.ndarray:
        return self.grid.maze.picture(int(self._cell[copy]), int(self.family[self._task[copy]]))

    def _rewarded(self, cell: np.ndarray, goal: np.ndarray) -> np.ndarray:
        return self.grid.maze.distance[cell, goal] <= self.reach

    def _axes(self) -> list[tuple[int, np.ndarray]]:
        return list(zip(self.grid.maze.wall.shape, self.grid.maze.cells.T, strict=True))

    def _told(self, random: np.random.Generator) -> np.ndarray:
        """The transitions of each task's context, uint8 ``(T, transitions, m)``."""
        count = (len(self.family), self.transitions)
        cell = random.integers(len(self._places), size=count)
        action = random.integers(len(self.actions), size=count)
        onward = self.grid.maze.leads[cell, action]
        reward = self._rewarded(onward, self.family[:, None])[..., None]
        parts = (self._places[cell], np.eye(len(self.actions))[action], reward)
        return _bytes(np.concatenate((*parts, self._places[onward]), 2))

    def _seen(self) -> Seen:
        now = np.zeros((len(self._task), 1, self._context.shape[2]), dtype=np.uint8)
        now[:, 0, : self._places.shape[1]] = _bytes(self._places[self._cell])
        table = np.concatenate((now, self._context[self._task]), 1)
        return Seen(table[:, None], self._cell)


def _bytes(flags: np.ndarray) -> np.ndarray:
    return (flags * 255).astype(np.uint8)
