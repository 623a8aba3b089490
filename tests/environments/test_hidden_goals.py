"""Mazes with hidden goals: what a context tells, who sees what, and what the seed fixes."""

import numpy as np
import pytest

from lightning_contrast.data.play import play_each
from lightning_contrast.environments.hidden_goals import HiddenGoals
from lightning_contrast.errors import InputError
from tests.choices import build

LAYOUT = build("environment", "four_rooms").layout
TASKS = HiddenGoals(LAYOUT, transitions=9, contexts=3, seed=5)
MAZE = TASKS.grid.maze
ALL = np.arange(len(TASKS.side))


def cell(line):
    """The cell that 13 + 13 bytes of a table name."""
    row, column = line[:13].argmax(), line[13:26].argmax()
    assert sorted(line.tolist())[-2:] == [255, 255] and (line > 0).sum() == 2
    return int(np.flatnonzero((MAZE.cells == (row, column)).all(1)).item())


def test_a_line_of_a_context_is_a_move_of_the_maze_and_the_reward_of_its_task():
    seen, goal = TASKS.begin(ALL)
    assert seen.observation.shape == (312, 1, 10, 57) and seen.observation.dtype == np.uint8
    assert np.array_equal(goal, ALL // 3)
    rewards = 0
    for table, place, own in zip(seen.observation[:, 0], seen.place, goal, strict=True):
        assert cell(table[0, :26]) == place and not table[0, 26:].any()
        for line in table[1:]:
            onward = MAZE.leads[cell(line[:26]), line[26:30].argmax()]
            assert cell(line[31:]) == onward
            assert line[30] == 255 * (MAZE.distance[onward, own] <= 2)
            rewards += line[30] > 0
    assert 0.05 < rewards / (312 * 9) < 0.2


def test_the_expert_takes_the_shortest_way_and_the_context_stays():
    seen, goal = TASKS.begin(ALL)
    context = seen.observation[:, 0, 1:]
    outcome = play_each(TASKS, lambda seen, goal: TASKS.expert(), ALL)
    assert outcome.success.all() and outcome.gain.tolist() == [1] * 312
    assert np.array_equal(outcome.steps, np.maximum(1, MAZE.distance[seen.place, goal] - 2))
    TASKS.begin(ALL)
    step = TASKS.step(TASKS.expert())
    assert np.array_equal(step.seen.observation[:, 0, 1:], context)
    assert np.array_equal(step.reward > 0, step.ended)
    assert TASKS.picture(3).shape == (104, 104, 3)


def test_a_seed_fixes_contexts_starts_and_goals_and_no_goal_is_on_two_sides():
    again = HiddenGoals(LAYOUT, transitions=9, contexts=3, seed=5)
    assert np.array_equal(again.begin(ALL)[0].observation, TASKS.begin(ALL)[0].observation)
    other = HiddenGoals(LAYOUT, transitions=9, contexts=3)
    assert (other.side != TASKS.side).any()
    assert (other.begin(ALL)[0].observation != TASKS.begin(ALL)[0].observation).any()
    assert [(TASKS.side == side).sum() for side in range(3)] == [120, 48, 144]
    assert all(len(set(TASKS.side[TASKS.family == goal])) == 1 for goal in range(104))


def test_without_transitions_all_tasks_look_alike_from_one_cell():
    blind = HiddenGoals(LAYOUT, transitions=0, contexts=2)
    seen, _ = blind.begin(np.arange(208))
    assert seen.observation.shape == (208, 1, 1, 57)
    assert len(np.unique(seen.observation.reshape(208, -1), axis=0)) == len(np.unique(seen.place))


def test_goals_that_there_are_not_are_refused():
    with pytest.raises(InputError, match=r"leave no goal of 104 for the test, got 90 and 16: set"):
        HiddenGoals(LAYOUT, drawn=90)
    with pytest.raises(InputError, match=r"environment.layout must be rows of equal length"):
        HiddenGoals(["##", "#"])
