"""The jumping task: run to the right, and jump over the obstacle in time."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.config.ranges import Count, CountFromZero, Seed
from lightning_contrast.environments.environment import Seen, Space, StepResult, TaskEnvironment
from lightning_contrast.errors import InputError
from lightning_contrast.rows.split_names import TEST, TRAIN, VALIDATION

SIDE, AGENT, OBSTACLE, PEAK = 60, (5, 10), (9, 10), 16  # pixels; width and height
BEFORE = 14  # pixels between agent and obstacle where the jump has to begin
PLACES, FLOORS = range(20, 46), range(10, 21)  # of the tasks
WHITE, GREY = 255, 128


class Jumping(TaskEnvironment):
    """286 tasks: an obstacle at one of 26 places, on a floor at one of 11 heights.

    An observation is a picture, uint8 ``(1, 60, 60)``: an agent of 5 x 10 pixels, an obstacle of 9
    x 10. Each step leads a pixel to the ``right``; ``jump`` begins a jump of 16 pixels up and down
    again, in which actions do nothing. A jump that begins 14 pixels before the obstacle gets over
    it, and no other does. The reward is 1 at the right end, where the episode ends, as it does at
    the obstacle. The tasks of training are a grid of places and floors, or drawn.

    Args:
        places: of the obstacle, in training.
        floors: in training.
        drawn: so many tasks of training are drawn in place of the grid; 0: the grid.
        validation: how many of the other tasks are for validation; the rest are the test.
        seed: of both draws.

    Raises:
        InputError: a place or floor that no task has, or more tasks than there are.

    Source: Tachet des Combes et al. 2018 (arXiv:1809.02591); grids: Agarwal et al. 2021
    (arXiv:2101.05265), section 6.1.

    >>> task = Jumping()
    >>> task.side.tolist().count(0), task.begin(np.array([0, 1]))[0].observation.shape
    (18, (2, 1, 60, 60))
    """

    modality = "image"

    def __init__(
        self,
        places: Sequence[Count] = (20, 25, 30, 35, 40, 45),
        floors: Sequence[Count] = (10, 15, 20),
        drawn: CountFromZero = 0,
        validation: CountFromZero = 54,
        seed: Seed = 0,
    ) -> None:
        self.places, self.floors = list(places), list(floors)
        self.drawn, self.validation, self.seed = drawn, validation, seed
        for name, given, known in (("places", places, PLACES), ("floors", floors, FLOORS)):
            if not given or set(given) - set(known):
                raise InputError(
                    f"environment.{name} must be of {known[0]} to {known[-1]}, got {list(given)}: "
                    f"set environment.{name}=[{known[0]},{known[-1]}]"
                )
        self.horizon = SIDE - AGENT[0] + 1
        self.actions = ["right", "jump"]
        self.observations = Space(SIDE * SIDE, numbered=False, image=(1, SIDE, SIDE))
        self.goals = Space(1, numbered=True)
        self.axes = ("place of the obstacle", "height of the floor")
        self.numbers = np.array([(place, floor) for floor in FLOORS for place in PLACES])
        self.side = self._sides()
        self.family = np.arange(len(self.side))

    def begin(self, task: np.ndarray) -> tuple[Seen, np.ndarray]:
        self._place, self._floor = self.numbers[task].T
        self._x = np.zeros(len(task), dtype=np.int64)
        self._jumped = self._x - 1  # steps of the jump so far; -1 on the floor
        return self._seen(), np.zeros(len(task), dtype=np.int64)

    def step(self, action: np.ndarray) -> StepResult:
        jumps = (self._jumped >= 0) | (action == 1)
        self._jumped = np.where(jumps, self._jumped.clip(0) + 1, -1)
        self._jumped[self._jumped == 2 * PEAK] = -1  # on the floor again
        self._x = self._x + 1
        beside = (self._x > self._place - AGENT[0]) & (self._x < self._place + OBSTACLE[0])
        hit = beside & (self._height < OBSTACLE[1])
        reached = ~hit & (self._x + AGENT[0] > SIDE)
        return StepResult(self._seen(), reached.astype(float), reached, hit | reached)

    def expert(self) -> np.ndarray:
        return (self._x == self._place - BEFORE).astype(np.int64)

    def picture(self, copy: int = 0) -> np.ndarray:
        grey = self._drawn(slice(copy, copy + 1))[0, 0]
        return np.repeat(grey[..., None], 3, 2).repeat(4, 0).repeat(4, 1)

    @property
    def _height(self) -> np.ndarray:
        """Of the agent above the floor."""
        return np.minimum(self._jumped, 2 * PEAK - self._jumped).clip(0)

    def _seen(self) -> Seen:
        return Seen(self._drawn(slice(None)), np.zeros(len(self._x), dtype=np.int64))

    def _drawn(self, copies: slice) -> np.ndarray:
        """Pictures ``(n, 1, 60, 60)`` of copies."""
        across = np.arange(SIDE)
        x, floor, place = (part[copies, None] for part in (self._x, self._floor, self._place))
        bottom = floor + self._height[copies, None]

        def box(left: np.ndarray, low: np.ndarray, size: tuple[int, int]) -> np.ndarray:
            wide = (across >= left) & (across < left + size[0])
            high = (across >= low) & (across < low + size[1])
            return high[:, :, None] & wide[:, None]

        image = np.zeros((len(x), SIDE, SIDE), dtype=np.uint8)
        image[box(x, bottom, AGENT)] = WHITE
        image[box(place, floor, OBSTACLE)] = GREY
        image[:, [0, -1]] = image[:, :, [0, -1]] = WHITE
        image[np.arange(len(x)), floor[:, 0]] = WHITE
        return image[:, None, ::-1].copy()

    def _sides(self) -> np.ndarray:
        random = np.random.default_rng(self.seed)
        tasks, grid = len(self.numbers), self.numbers
        trained = np.isin(grid[:, 0], self.places) & np.isin(grid[:, 1], self.floors)
        if self.drawn:
            trained = np.isin(np.arange(tasks), random.permutation(tasks)[: self.drawn])
        others = random.permutation(np.flatnonzero(~trained))
        if self.drawn >= tasks or self.validation >= len(others):
            raise InputError(
                f"environment.drawn and environment.validation leave no task of {tasks} for the "
                f"test, got {self.drawn} and {self.validation}: set environment.validation=54"
            )
        side = np.where(trained, TRAIN, TEST).astype(np.int8)
        side[others[: self.validation]] = VALIDATION
        return side
