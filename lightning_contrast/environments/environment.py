"""The base of environments: many copies of a world that take a step at once."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.config.part import Part


class Space(NamedTuple):
    """What observations, goals or actions are: a number below ``size``, a vector ``(size,)``,
    float32, or an ``image (C, H, W)``, uint8."""

    size: int
    numbered: bool
    image: tuple[int, ...] = ()

    @property
    def row(self) -> tuple[int, ...]:
        """The shape of one of them."""
        return () if self.numbered else self.image or (self.size,)

    def __str__(self) -> str:
        if self.image:
            return f"an image of {' x '.join(map(str, self.image))}"
        return f"a number below {self.size}" if self.numbered else f"{self.size} numbers"


class Seen(NamedTuple):
    """What the ``n`` copies show: ``observation (n, ...)``, and ``place (n, ...)``, what of it a
    goal says; the observation itself where a goal is a whole observation."""

    observation: np.ndarray
    place: np.ndarray


class StepResult(NamedTuple):
    """What a step of the ``n`` copies led to: what is seen, ``reward (n,)``, whether the goal is
    ``reached (n,)``, and whether the episode has ``ended (n,)`` by itself."""

    seen: Seen
    reward: np.ndarray
    reached: np.ndarray
    ended: np.ndarray


class Environment(Part, ABC, group="environment"):
    """``start(count, random)`` begins episodes, ``step(action (n, ...))`` moves all at once.

    An episode has at most ``horizon`` steps. It goes on when its goal is reached: what to do then
    is up to who plays. ``observations`` and ``goals`` say what is seen, and what a goal is.
    """

    modality = "moment"
    horizon: int
    observations: Space
    goals: Space
    actions: Sequence[str]
    """The name of each action, or of each of its numbers."""
    continuous: bool = False
    """An action is a vector of numbers from -1 to 1; else the number of one of ``actions``."""

    @property
    def action(self) -> Space:
        """What an action is."""
        return Space(len(self.actions), numbered=not self.continuous)

    def any_action(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Actions ``(count, ...)`` by chance, each as often."""
        if self.continuous:
            return random.uniform(-1, 1, (count, len(self.actions))).astype(np.float32)
        return random.integers(len(self.actions), size=count)

    @abstractmethod
    def start(self, count: int, random: np.random.Generator) -> tuple[Seen, np.ndarray]:
        """Begins ``count`` episodes; what they show, and the goal ``(count, ...)`` of each."""

    @abstractmethod
    def step(self, action: np.ndarray) -> StepResult:
        """Takes one action, ``(n,)`` or ``(n, numbers)``, in each copy."""

    def shortest(self, place: np.ndarray, goal: np.ndarray) -> np.ndarray | None:
        """The fewest steps ``(n,)`` from places to goals; None where they are not known."""
        return None

    @abstractmethod
    def picture(self, copy: int = 0) -> np.ndarray:
        """A copy as people see it, uint8 ``(H, W, 3)``."""


class TaskEnvironment(Environment):
    """Tasks of one kind, some of which training does not see: ``begin(task (n,))`` begins an
    episode of each, and ``expert()`` is what is best to do then.

    ``side (T,)``: which split each task is of (``rows.split_names``). ``family (T,)``: variants of
    one task have the same number. ``numbers (T, 2)``: where it stands along the two ``axes``, in a
    picture of all tasks.
    """

    side: np.ndarray
    family: np.ndarray
    numbers: np.ndarray
    axes: tuple[str, str]

    @abstractmethod
    def begin(self, task: np.ndarray) -> tuple[Seen, np.ndarray]:
        """Begins an episode of each task; what they show, and their goals."""

    @abstractmethod
    def expert(self) -> np.ndarray:
        """The best action ``(n,)`` in each copy."""

    def start(self, count: int, random: np.random.Generator) -> tuple[Seen, np.ndarray]:
        """Begins episodes of tasks that are drawn evenly."""
        return self.begin(random.integers(len(self.side), size=count))
