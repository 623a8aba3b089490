"""Any environment of gymnasium, with few actions or with vectors."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.environments._spaces import (
    actions_of,
    flat,
    made,
    readable,
    space_of,
    taken,
)
from lightning_contrast.environments.environment import Environment, Seen, StepResult
from lightning_contrast.errors import InputError

KEYS = ("observation", "achieved_goal", "desired_goal")
SEARCHED = 1000  # episodes by chance


class Gymnasium(Environment):
    """Copies of a gymnasium environment with Box or Discrete observations and actions.

    A Box of actions needs bounds, to which the numbers from -1 to 1 are stretched.

    Observations with the keys ``observation``, ``achieved_goal`` and ``desired_goal`` bring their
    goals. Else ``goal`` is the goal of all episodes, an observation. A goal is reached where the
    environment says so (``info["is_success"]``), or where no number of the place is further from
    the goal's than ``tolerance``. A Box is flattened to float32. Of a Dict without goals the parts
    that are Box or Discrete are joined, as of MiniGrid the picture and the direction.

    Args:
        id: as ``gymnasium.make`` takes it, such as ``FrozenLake-v1``; ``minigrid:MiniGrid-Empty-
            5x5-v0`` imports the package minigrid first.
        arguments: of ``gymnasium.make``.
        goal: a number, or a list of numbers; ``found``: what is seen at the first reward of
            episodes by chance, and any reward is a goal reached; None where the environment has
            goals.
        tolerance: as far as a number may be from that of the goal.
        horizon: steps of an episode at most.

    Raises:
        InputError: gymnasium is missing, it has no such id, a space that is not served, no goal or
            one of another shape, or no reward by chance.

    Source: Towers et al. 2024, arXiv:2407.17032.
    """

    def __init__(
        self,
        id: str,
        arguments: Mapping[str, Any] | None = None,
        goal: float | Sequence[float] | Literal["found"] | None = None,
        tolerance: NotNegative = 0.0,
        horizon: Count = 100,
    ) -> None:
        self.id, self.arguments, self.goal = id, dict(arguments or {}), goal
        self.tolerance, self.horizon = tolerance, horizon
        self._copies = [made(id, self.arguments)]
        space = self._copies[0].observation_space
        self._spaces = dict(space.spaces) if type(space).__name__ == "Dict" else {}
        self._has_goals = set(KEYS) <= set(self._spaces)
        if not self._has_goals:
            self._spaces = dict.fromkeys(KEYS, readable(space))
        self.observations, _, self.goals = (space_of(self._spaces[key], id) for key in KEYS)
        self._taken = self._copies[0].action_space
        self.actions = actions_of(self._taken, id)
        self.continuous = type(self._taken).__name__ == "Box"
        self._fixed = self._given()

    def start(self, count: int, random: np.random.Generator) -> tuple[Seen, np.ndarray]:
        while len(self._copies) < count:
            self._copies.append(made(self.id, self.arguments))
        seeds = random.integers(2**31, size=count).tolist()
        self._active = self._copies[:count]
        shown = [copy.reset(seed=seed)[0] for copy, seed in zip(self._active, seeds, strict=True)]
        if self._fixed is None:
            self._goal = flat(self._spaces[KEYS[2]], [each[KEYS[2]] for each in shown])
        else:
            self._goal = np.stack([self._fixed] * count)
        self._ended = np.zeros(count, dtype=bool)
        self._shown = shown
        return self._seen(), self._goal

    def step(self, action: np.ndarray) -> StepResult:
        reward, told = np.zeros(len(action)), np.zeros(len(action), dtype=bool)
        for number in np.flatnonzero(~self._ended).tolist():
            own = taken(self._taken, action[number])
            shown, gain, ended, cut, info = self._active[number].step(own)
            self._shown[number], reward[number] = shown, gain
            self._ended[number] = ended or cut
            told[number] = info.get("is_success", False) or (self.goal == "found" and gain > 0)
        seen = self._seen()
        gap = np.abs(seen.place - self._goal).reshape(len(action), -1).max(1)
        return StepResult(seen, reward, told | (gap <= self.tolerance), self._ended.copy())

    def picture(self, copy: int = 0) -> np.ndarray:
        try:
            image = self._active[copy].render()
        except Exception as error:  # gymnasium names the package that is missing
            reason = " ".join(str(error).split())
            raise InputError(f"environment {self.id} can't be drawn: {reason}") from error
        if not isinstance(image, np.ndarray):
            raise InputError(
                f"environment {self.id} gives no pictures: leave out render_mode of "
                "environment.arguments, or the animation"
            )
        return image

    def _seen(self) -> Seen:
        parts = (
            flat(
                self._spaces[key], [each[key] if self._has_goals else each for each in self._shown]
            )
            for key in KEYS[:2]
        )
        return Seen(*parts)

    def _given(self) -> np.ndarray | None:
        """The goal of all episodes, as a place."""
        if self._has_goals:
            if self.goal is not None:
                raise InputError(
                    f"environment {self.id} has goals of its own: set environment.goal=null"
                )
            return None
        if self.goal == "found":
            return self._found()
        goal = np.asarray(np.nan if self.goal is None else self.goal, dtype=np.float32)
        served = goal.shape == self.goals.row and bool(np.isfinite(goal).all())
        if served and self.goals.numbered:
            served = goal in range(self.goals.size)
        if not served:
            said = "none" if self.goal is None else f"{self.goal!r}"
            example = f"[{','.join(['0'] * self.goals.size)}]"
            example = str(self.goals.size - 1) if self.goals.numbered else example
            raise InputError(
                f"a goal of environment {self.id} is {self.goals}, as an observation of it, got "
                f"{said}: set environment.goal={example}"
            )
        return goal.astype(np.int64) if self.goals.numbered else goal

    def _found(self) -> np.ndarray:
        """What is seen at the first reward of episodes by chance, which are always the same."""
        copy, random = self._copies[0], np.random.default_rng(0)
        for seed in range(SEARCHED):
            copy.reset(seed=seed)
            for _ in range(self.horizon):
                own = taken(self._taken, self.any_action(1, random)[0])
                shown, gain, ended, cut, _ = copy.step(own)
                if gain > 0:
                    return flat(self._spaces[KEYS[2]], [shown])[0]
                if ended or cut:
                    break
        raise InputError(
            f"environment {self.id} gave no reward in {SEARCHED:,} episodes by chance: set "
            "environment.goal to an observation, or environment.horizon=1000"
        )
