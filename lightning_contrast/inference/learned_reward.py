"""A reward at each step for the learners of other libraries: the change of what a critic says."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import NotNegative, Share
from lightning_contrast.environments.environment import Space
from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.modules.acting import value

try:
    import gymnasium
    from gymnasium.spaces import Dict, Discrete
except ImportError as error:
    raise missing_extra("gymnasium", "agents") from error

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

Potential = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``(observation (n, ...), goal (n, ...)) -> (n,)``: the higher, the nearer."""
KEYS = ("observation", "desired_goal")


class PotentialReward(gymnasium.Wrapper):
    r"""Adds the change of a potential to each reward of an environment of gymnasium with goals.

    .. math:: r' = r + w (\gamma \Phi(s', g) - \Phi(s, g))

    With the learner's own discount, the best policy stays the best whatever the potential is, as it
    counts as 0 where the environment ends the episode. But a potential below 0 then pays for
    standing still. With a discount of 1 it does not, and ways are learnt much sooner
    (``experiments/learned_reward``). Where state and goal are numbers, a pair of them is asked for
    once.

    Args:
        env: its observations have the keys ``observation`` and ``desired_goal``.
        potential: ``Phi``.
        weight: ``w``.
        discount: ``gamma``: 1, or that of the learner.

    Raises:
        InputError: an environment without goals; a weight below 0, or a discount that is no share.

    Source: Ng, Harada and Russell 1999, "Policy invariance under reward transformations".
    """

    @checked
    def __init__(
        self, env: Any, potential: Potential, weight: NotNegative = 1.0, discount: Share = 1.0
    ) -> None:
        super().__init__(env)
        space = env.observation_space
        if not isinstance(space, Dict) or not set(KEYS) <= set(space.spaces):
            raise InputError(
                "a potential needs an environment whose observations are a Dict with observation "
                f"and desired_goal, got {type(space).__name__}: take one with goals, such as "
                "lightning_contrast/Grid-v0"
            )
        self.potential, self.weight, self.discount = potential, weight, discount
        self._spaces = [space[key] for key in KEYS]
        self._numbered = all(isinstance(each, Discrete) for each in self._spaces)
        self._known: dict[tuple[int, ...], float] = {}

    def reset(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        shown, info = self.env.reset(**arguments)
        self._before = self._of(shown)
        return shown, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        shown, reward, ended, cut, info = self.env.step(action)
        before, self._before = self._before, 0.0 if ended else self._of(shown)
        gain = self.discount * self._before - before
        return shown, float(reward) + self.weight * gain, ended, cut, info

    def _of(self, shown: Any) -> float:
        pair = [_row(space, shown[key]) for space, key in zip(self._spaces, KEYS, strict=True)]
        if not self._numbered:
            return float(self.potential(*pair)[0])
        numbers = tuple(int(each[0]) for each in pair)
        if numbers not in self._known:
            self._known[numbers] = float(self.potential(*pair)[0])
        return self._known[numbers]


def learned_reward(env: Any, network: "Network", weight: float = 1.0, discount: float = 1.0) -> Any:
    """An environment whose reward also says how much nearer to the goal each step led.

    What is near, the critic of ``recipe=contrastive_rl`` has learnt from trajectories, without a
    reward. So PPO of stable-baselines3, say, has a reward at each step where the environment gives
    one in the goal alone::

        env = gymnasium.make("lightning_contrast/Grid-v0", layout=LAYOUT)
        PPO("MultiInputPolicy", learned_reward(env, load("AGENT.ckpt"))).learn(20_000)

    Args:
        env: of gymnasium; its observations have the keys ``observation`` and ``desired_goal``.
        network: of an agent's checkpoint (``lightning_contrast.load``).
        weight: of the change beside the environment's own reward.
        discount: of the change; 1, or that of the learner.

    Raises:
        InputError: the network is no agent or one of another environment, or there are no goals.
    """
    if not network.encoder.acts:
        raise InputError(
            f"the network reads {network.modality}s and has no critic: give that of a run with "
            "recipe=contrastive_rl"
        )
    made = PotentialReward(env, partial(value, network), weight, discount)
    known, here = network.preprocess.spaces[:2], tuple(map(_space, made._spaces))
    if known != here:
        raise InputError(
            f"the critic was trained where an observation is {known[0]} and a goal {known[1]}; "
            f"here they are {here[0]} and {here[1]}: take its own environment"
        )
    return made


def _space(space: Any) -> Space:
    numbered = isinstance(space, Discrete)
    return Space(int(space.n if numbered else np.prod(space.shape)), numbered)


def _row(space: Any, shown: Any) -> np.ndarray:
    """What is shown as one row: a number from 0 on, or a vector."""
    if isinstance(space, Discrete):
        return np.array([int(shown) - int(space.start)])
    return np.asarray(shown, dtype=np.float32).reshape(1, -1)
