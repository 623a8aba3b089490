"""The jumping task against its pictures: which jumps get over the obstacle, and who sees what."""

import numpy as np
import pytest

from lightning_contrast.data.play import play, play_each
from lightning_contrast.environments.jumping import BEFORE, FLOORS, PLACES, Jumping
from lightning_contrast.errors import InputError

TASKS = Jumping()
ALL = np.arange(len(TASKS.side))


def test_the_expert_solves_every_task_and_a_jump_elsewhere_none():
    for early in (-1, 0, 1):

        def act(observation, goal, early=early):
            return (TASKS._x == TASKS._place - BEFORE + early).astype(np.int64)

        solved = play_each(TASKS, act, ALL).success
        assert solved.all() if early == 0 else not solved.any()


def test_who_never_jumps_stops_at_the_obstacle():
    moments, outcome = play(TASKS, lambda seen, goal: np.zeros(5, int), 5, np.random.default_rng(0))
    assert not outcome.success.any() and outcome.gain.tolist() == [0] * 5
    assert (moments.length - 1 == TASKS._place - 4).all()  # the step onto its edge is the last


def test_a_picture_shows_the_agent_the_obstacle_the_floor_and_the_border():
    number = int(np.flatnonzero((TASKS.numbers == (30, 12)).all(1)).item())
    seen, _ = TASKS.begin(np.array([number]))
    for _ in range(20):  # four steps of a jump from 16 on
        seen = TASKS.step(TASKS.expert()).seen
    image = seen.observation[0, 0][::-1]  # row 0 is the ground
    expected = np.zeros((60, 60), dtype=np.uint8)
    expected[16:26, 20:25] = 255
    expected[12:22, 30:39] = 128
    expected[0] = expected[-1] = expected[12] = 255
    expected[:, 0] = expected[:, -1] = 255
    assert np.array_equal(image, expected)
    assert TASKS.picture().shape == (240, 240, 3)


def test_training_sees_its_grid_and_a_seed_fixes_the_rest():
    assert len(ALL) == len(PLACES) * len(FLOORS) == 286
    assert [(TASKS.side == side).sum() for side in range(3)] == [18, 54, 214]
    trained = TASKS.numbers[TASKS.side == 0]
    assert {*trained[:, 0].tolist()} == {20, 25, 30, 35, 40, 45}
    assert {*trained[:, 1].tolist()} == {10, 15, 20}
    assert np.array_equal(Jumping().side, TASKS.side)
    assert not np.array_equal(Jumping(seed=1).side, TASKS.side)
    drawn = Jumping(drawn=18, seed=1)
    assert (drawn.side == 0).sum() == 18 and (drawn.side != TASKS.side).any()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"places": [19]}, "environment.places must be of 20 to 45, got .19.: set"),
        ({"floors": []}, "environment.floors must be of 10 to 20"),
        ({"validation": 268}, "leave no task of 286 for the test"),
        ({"drawn": 286}, "leave no task of 286 for the test"),
    ],
)
def test_tasks_that_there_are_not_are_refused(arguments, line):
    with pytest.raises(InputError, match=line):
        Jumping(**arguments)
