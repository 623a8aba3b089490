"""A point in rooms against a walk by hand: walls, goals, seeds and pictures."""

import math

import numpy as np
import pytest

from lightning_contrast.environments.environment import Space
from lightning_contrast.environments.point_rooms import PointRooms
from lightning_contrast.errors import InputError
from tests.choices import build

ROOMS = build("environment", "point_rooms")


def test_points_move_as_one_would_alone_and_a_seed_fixes_them():
    assert ROOMS.observations == ROOMS.goals == ROOMS.action == Space(2, numbered=False)
    action = np.random.default_rng(1).uniform(-1.5, 1.5, (60, 9, 2))
    seen, goal = ROOMS.start(9, np.random.default_rng(0))
    assert seen.place.dtype == goal.dtype == np.float32
    assert (seen.place.astype(int) != goal.astype(int)).any(1).all()  # another cell
    places, stopped, ways = seen.place.copy(), 0, []
    for each in action:
        step = ROOMS.step(each)
        for place, move in zip(places, each, strict=True):
            for side in (0, 1):
                ahead = place.copy()
                ahead[side] += np.float32(0.5 * min(1, max(-1, move[side])))
                wall = ROOMS.layout[math.floor(ahead[0])][math.floor(ahead[1])] == "#"
                stopped += wall
                place[:] = place if wall else ahead
        ways.append(step.seen.place)
        assert np.array_equal(step.seen.place, places)
        near = np.hypot(*(step.seen.place - goal).T) <= 0.5
        assert step.reached.tolist() == near.tolist() == step.reward.astype(bool).tolist()
    assert stopped > 20 and not step.ended.any()
    again, _ = ROOMS.start(9, np.random.default_rng(0))
    assert np.array_equal(again.place, seen.place)
    assert np.array_equal([ROOMS.step(each).seen.place for each in action], ways)


def test_a_picture_shows_the_point_and_the_goal_where_they_are():
    seen, goal = ROOMS.start(3, np.random.default_rng(4))
    image = ROOMS.picture(2)
    assert image.shape == (104, 104, 3)
    for place, colour in ((seen.place[2], (200, 60, 40)), (goal[2], (60, 160, 80))):
        found = np.argwhere((image == colour).all(2))
        assert (found.mean(0) + 0.5) / 8 == pytest.approx(place, abs=0.1)


def test_a_maze_or_a_speed_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"environment\.layout"):
        PointRooms(["####", "#..", "####"])
    with pytest.raises(InputError, match=r"environment\.speed"):
        PointRooms(ROOMS.layout, speed=1.5)
