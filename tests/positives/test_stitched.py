"""Ways that join trajectories: how often each place comes, against the exact occupancy."""

from itertools import pairwise

import numpy as np
import pytest

from lightning_contrast.data.moments import MomentDataModule
from lightning_contrast.data.play import Trajectories
from lightning_contrast.data.replay import Replay
from lightning_contrast.environments.grid import Grid
from lightning_contrast.errors import InputError
from lightning_contrast.positives.future import FuturePositives
from lightning_contrast.positives.stitched import LONGEST, StitchedPositives


def replay(*lives):
    """A replay of trajectories, given by what each shows."""
    held = Replay()
    for life in lives:
        shown = np.array(life)
        action = np.append(np.zeros(len(life) - 1, dtype=np.int64), -1)
        held.add(Trajectories(shown, shown, action, np.array([len(life)])))
    return held


def drawn(held, gamma, row, count=40_000):
    rule = StitchedPositives(gamma, held.ends, held.alike)
    return held.held.place[rule(np.full(count, row), np.random.default_rng(0))]


def test_places_come_as_often_as_the_mean_behaviour_visits_them():
    random = np.random.default_rng(1)
    lives, states, gamma = [], 5, 0.8
    for _ in range(6):  # each life has a leaning of its own, which ways through all do not have
        leaning = random.dirichlet(np.ones(states))
        lives.append(random.choice(states, 40, p=leaning))
    held = replay(*lives)
    step = np.zeros((states, states))
    for life in lives:
        for now, then in pairwise(life.tolist()):
            step[now, then] += 1
    chance = step / step.sum(1, keepdims=True)
    occupancy = (1 - gamma) * np.linalg.inv(np.eye(states) - gamma * chance)
    for row in (0, 7, 50):
        expected = occupancy[held.held.observation[row + 1]]  # of the state that follows
        share = np.bincount(drawn(held, gamma, row), minlength=states) / 40_000
        assert share == pytest.approx(expected, abs=0.012)
    apart = FuturePositives(gamma, held.ends)(np.full(40_000, 0), np.random.default_rng(0))
    alone = np.bincount(held.held.place[apart], minlength=states) / 40_000
    assert np.abs(alone - occupancy[held.held.observation[1]]).max() > 0.05, "the test can fail"


def test_moments_that_show_the_same_stand_together():
    for lives in ([[3, 1, 3, 2], [1, 2]], [[[0, 1], [1, 0], [0, 1]], [[1, 0], [0, 1]]]):
        held = replay(*lives)
        order, first, count = held.alike
        shown = held.held.observation
        for row, seen in enumerate(shown):
            own = [each for each in held.movable if np.array_equal(shown[each], seen)]
            assert order[first[row] : first[row] + count[row]].tolist() == own
    held.add(held.held)
    assert len(held.alike[0]) == 6, "made anew when the replay has grown"


def test_a_way_ends_where_nothing_followed_and_starts_with_the_move_itself():
    held = replay([0, 1, 2], [4, 1, 5])
    assert set(drawn(held, 0.0, 0)) == {1}
    assert set(drawn(held, 0.999, 0)) == {2, 5, 1}  # it may end at 1 by its length
    assert set(drawn(held, 0.999, 2)) == {2}  # the last moment has no future
    ring = replay([0, 0])
    rule = StitchedPositives(1 - 1e-9, ring.ends, ring.alike)
    assert rule(np.array([0]), np.random.default_rng(0)).tolist() == [1]
    assert LONGEST == 1000


def test_a_data_module_joins_ways_to_places_that_no_trajectory_of_the_move_led_to():
    hall = Grid(["########", "#......#", "########"], horizon=2)
    settings = {"batch_size": 64, "steps": 4, "first_episodes": 300}
    found = {}
    for rule in (FuturePositives, StitchedPositives):
        data = MomentDataModule(hall, rule, **settings)
        data.setup()
        parts = [batch.inputs.parts for batch in data.train_dataloader()]
        seen = np.concatenate([part["move"]["observation"] for part in parts])
        place = np.concatenate([part["goal"] for part in parts])
        found[rule] = np.abs(place - seen).max()
    assert found == {FuturePositives: 2, StitchedPositives: pytest.approx(4, abs=1)}


def test_moments_of_which_none_show_the_same_are_told():
    with pytest.raises(InputError, match="of 3 moments no two do: set positives=future"):
        _ = replay([1, 2, 3], [4, 5]).alike
