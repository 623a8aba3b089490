"""Rewards that a critic gives: against its values by hand, and what has none."""

from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

from lightning_contrast.environments._registered import ID, register
from lightning_contrast.errors import InputError
from lightning_contrast.inference.learned_reward import PotentialReward, learned_reward
from lightning_contrast.modules.acting import critic
from tests.choices import build
from tests.modules.test_agent import TINY, parts

register()
ROOMS = build("environment", "four_rooms")
HALL = ["######", "#....#", "######"]


@pytest.fixture(scope="module")
def network():
    return parts(*TINY)[0].network


def maze(layout=ROOMS.layout, **arguments):
    return gymnasium.make(ID, layout=layout, **arguments)


def test_each_reward_has_the_change_of_the_best_actions_value(network):
    plain, learned = maze(), learned_reward(maze(), network, weight=0.5, discount=0.9)
    shown, _ = plain.reset(seed=1)
    assert learned.reset(seed=1)[0] == shown
    for action in (0, 3, 1, 2, 3, 0):
        before = critic(network, *(np.array([shown[k]]) for k in ("observation", "desired_goal")))
        shown, reward, *_ = plain.step(action)
        found, added, *_ = learned.step(action)
        after = critic(network, *(np.array([shown[k]]) for k in ("observation", "desired_goal")))
        assert found == shown
        assert added == pytest.approx(reward + 0.5 * (0.9 * after.max() - before.max()).item())


def test_the_sum_of_the_changes_depends_on_the_ends_alone():
    asked = []

    def nearness(place, goal):
        asked.append((int(place[0]), int(goal[0])))
        return -ROOMS.maze.distance[place, goal]

    env = PotentialReward(maze(way=[0, 103]), nearness)
    shown, _ = env.reset(seed=0)
    gains = [env.step(action)[1] + 1 for action in (1, 3, 3, 0, 1)]
    assert (shown["observation"], shown["desired_goal"]) == (0, 103)
    cell = ROOMS.maze.leads
    there = cell[cell[cell[cell[cell[0, 1], 3], 3], 0], 1]
    assert sum(gains) == ROOMS.maze.distance[0, 103] - ROOMS.maze.distance[there, 103]
    assert len(asked) == len(set(asked))  # each pair once


def test_the_potential_is_0_where_the_environment_ends_the_episode_and_not_where_time_does():
    hall = maze(HALL, way=[0, 2], horizon=3)
    env = PotentialReward(hall, lambda place, goal: place - 7.0, discount=0.99)
    env.reset()
    first, last = env.step(3), env.step(3)
    assert first[1:3] == (pytest.approx(-1 + 0.99 * -6 + 7), False)
    assert last[1:3] == (pytest.approx(0 + 0.99 * 0 + 6), True)
    env.reset()
    cut = [env.step(2) for _ in range(3)][-1]
    assert cut[1:4] == (pytest.approx(-1 + 0.99 * -7 + 7), False, True)


def test_standing_still_is_paid_by_a_discounted_potential_below_0_alone():
    for discount, paid in ((1.0, 0.0), (0.9, 0.7)):
        env = PotentialReward(
            maze(HALL, way=[0, 2]), lambda place, goal: -7.0 + 0 * place, 1, discount
        )
        env.reset()
        assert env.step(2)[1] + 1 == pytest.approx(paid)  # into the wall; a step costs 1


class Points(gymnasium.Env):
    """Moves on a line; places are vectors."""

    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self):
        box = gymnasium.spaces.Box(-9, 9, (1,))
        self.observation_space = gymnasium.spaces.Dict(observation=box, desired_goal=box)

    def reset(self, *, seed=None, options=None):
        self.place = 0.0
        return self.shown(), {}

    def step(self, action):
        self.place += 2 * action - 1
        return self.shown(), 0.0, False, False, {}

    def shown(self):
        return {"observation": np.float32([self.place]), "desired_goal": np.float32([3.0])}


def test_places_may_be_vectors():
    env = PotentialReward(Points(), lambda place, goal: -np.abs(place - goal)[:, 0])
    env.reset()
    assert [env.step(action)[1] for action in (1, 1, 0)] == [1.0, 1.0, -1.0]


def test_what_has_no_goal_or_no_critic_is_refused_in_a_line(network):
    with pytest.raises(InputError, match=r"Dict with observation and desired_goal, got Discrete"):
        PotentialReward(gymnasium.make("FrozenLake-v1"), lambda place, goal: place)
    for words in ({"weight": float("nan")}, {"discount": 5.0}):
        with pytest.raises(InputError, match=f"PotentialReward: {next(iter(words))} must be a num"):
            learned_reward(maze(), network, **words)
    with pytest.raises(
        InputError, match=r"an observation is a number below 104 .* a number below 4"
    ):
        learned_reward(maze(HALL), network)
    with pytest.raises(InputError, match=r"way must be two cells, .* from 0 to 3, got \[0, 9\]"):
        maze(HALL, way=[0, 9])


def test_a_network_that_does_not_act_is_refused():
    other = SimpleNamespace(modality="text", encoder=SimpleNamespace(acts=False))
    with pytest.raises(InputError, match=r"reads texts and has no critic: give that of a run"):
        learned_reward(maze(), other)
