"""Plays episodes in an environment: what was seen, and how it went."""

from typing import NamedTuple

import numpy as np

from lightning_contrast.environments.environment import Environment, Seen, TaskEnvironment
from lightning_contrast.errors import InputError
from lightning_contrast.modules.acting import Act


class Trajectories(NamedTuple):
    """Moments of trajectories, one behind another: ``observation (N, ...)``, ``place (N, ...)``
    (what of it a goal says), ``action (N, ...)`` taken there (-1 in the last moment of each), and
    the number of moments ``length (T,)`` of each trajectory."""

    observation: np.ndarray
    place: np.ndarray
    action: np.ndarray
    length: np.ndarray


class Outcome(NamedTuple):
    """Of each episode ``(T,)``: whether the goal was reached, after how many steps (all of them if
    it was not), the sum of the rewards until then, and the fewest steps that lead to the goal, None
    where they are not known."""

    success: np.ndarray
    steps: np.ndarray
    gain: np.ndarray
    shortest: np.ndarray | None

    @property
    def figures(self) -> dict[str, float]:
        """Means over the episodes. ``spl`` (Anderson et al. 2018, arXiv:1807.06757) is the success
        weighted by the fewest steps, divided by those taken."""
        found = {
            "success": self.success.mean().item(),
            "return": self.gain.mean().item(),
            "steps": self.steps.mean().item(),
        }
        if self.shortest is not None:
            weight = self.shortest / np.maximum(self.steps, self.shortest).clip(min=1)
            found["spl"] = (self.success * weight).mean().item()
        return found


def at_random(environment: Environment, random: np.random.Generator) -> Act:
    """Any action, each as often."""
    return lambda observation, goal: environment.any_action(len(observation), random)


def play(
    environment: Environment,
    act: Act,
    count: int,
    random: np.random.Generator,
    explores: bool = False,
    pictures: list[list[np.ndarray]] | None = None,
) -> tuple[Trajectories, Outcome]:
    """Plays ``count`` episodes side by side.

    ``explores``: an episode goes on when its own goal is reached, to the goal of another one.
    Else it ends there. ``pictures``: a list for each of the first episodes, which gets its
    pictures.
    """
    return played(environment, act, environment.start(count, random), random, explores, pictures)


def play_each(tasks: TaskEnvironment, act: Act, number: np.ndarray) -> Outcome:
    """Plays one episode of each of these tasks, side by side."""
    return played(tasks, act, tasks.begin(number), np.random.default_rng(0))[1]


def played(
    environment: Environment,
    act: Act,
    began: tuple[Seen, np.ndarray],
    random: np.random.Generator,
    explores: bool = False,
    pictures: list[list[np.ndarray]] | None = None,
) -> tuple[Trajectories, Outcome]:
    """Plays episodes that have begun: what they showed, and their goals."""
    (seen, goal), count = began, len(began[1])
    first, goals = seen.place, goal
    frames, actions, lives = [seen], [], [np.ones(count, dtype=bool)]
    success, ended = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    steps, gain = np.zeros(count, dtype=np.int64), np.zeros(count)
    _show(environment, pictures, ~ended)
    for _ in range(environment.horizon):
        action = act(seen.observation, goal)
        if not np.isfinite(action).all():
            raise InputError(
                "the agent's action is not a number, as its weights have grown too large: lower "
                "optimizer.lr, and start in another directory"
            )
        step = environment.step(action)
        going = ~ended
        steps += going & ~success
        gain += np.where(going & ~success, step.reward, 0)
        _show(environment, pictures, going)
        success |= going & step.reached
        seen = step.seen
        frames.append(seen)
        actions.append(action)
        lives.append(going)
        ended |= step.ended
        if explores:
            chosen = random.integers(count, size=count)
            met = step.reached.reshape(count, *[1] * (goals.ndim - 1))
            goal = np.where(met, goals[chosen], goal)
        else:
            ended |= step.reached
        if ended.all():
            break
    fewest = environment.shortest(first, goals)
    return _joined(frames, actions, lives), Outcome(success, steps, gain, fewest)


def _joined(frames: list, actions: list[np.ndarray], lives: list[np.ndarray]) -> Trajectories:
    """The moments of each copy up to its end, copy by copy."""
    alive = np.stack(lives, 1)  # (n, moments)
    length = alive.sum(1)
    last = np.full_like(actions[0], -1)
    action = np.stack([*actions, last], 1)[alive]
    action[np.cumsum(length) - 1] = -1
    observation, place = (np.stack(part, 1)[alive] for part in zip(*frames, strict=True))
    return Trajectories(observation, place, action, length)


def _show(
    environment: Environment, pictures: list[list[np.ndarray]] | None, going: np.ndarray
) -> None:
    for copy, own in enumerate(pictures or ()):
        if going[copy]:
            own.append(environment.picture(copy))
