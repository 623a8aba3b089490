"""Mazes against a walk by hand, copies of gymnasium environments, and what is refused."""

from collections import deque

import gymnasium
import numpy as np
import pytest

from lightning_contrast.environments._registered import ID, register
from lightning_contrast.environments._spaces import actions_of
from lightning_contrast.environments.environment import Space
from lightning_contrast.environments.grid import Grid
from lightning_contrast.environments.gymnasium import Gymnasium
from lightning_contrast.errors import InputError
from tests.choices import build

ROOMS = build("environment", "four_rooms")
LAKE = {"id": "FrozenLake-v1", "arguments": {"is_slippery": False, "render_mode": None}}
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def walked(layout):
    """Free cells in order, and the fewest steps between them, cell by cell."""
    cells = [(r, c) for r, row in enumerate(layout) for c, x in enumerate(row) if x != "#"]
    steps = {}
    for start in cells:
        steps[start, start] = 0
        waiting = deque([start])
        while waiting:
            r, c = waiting.popleft()
            for down, right in MOVES:
                ahead = (r + down, c + right)
                if ahead in cells and (start, ahead) not in steps:
                    steps[start, ahead] = steps[start, (r, c)] + 1
                    waiting.append(ahead)
    return cells, steps


def test_four_rooms_have_104_cells_whose_distances_are_those_of_a_search():
    cells, steps = walked(ROOMS.layout)
    assert ROOMS.observations == ROOMS.goals == Space(104, numbered=True) == Space(len(cells), True)
    expected = [[steps[a, b] for b in cells] for a in cells]
    assert ROOMS.maze.distance.tolist() == expected and max(map(max, expected)) == 20


def test_copies_move_as_one_would_alone_and_a_seed_fixes_them():
    cells, _ = walked(ROOMS.layout)
    action = np.random.default_rng(1).integers(4, size=(50, 9))
    seen, goal = ROOMS.start(9, np.random.default_rng(0))
    place = [cells[number] for number in seen.observation]
    assert (seen.observation != goal).all()
    ways = []
    for each in action:
        step = ROOMS.step(each)
        for copy, (down, right) in enumerate(MOVES[a] for a in each):
            ahead = (place[copy][0] + down, place[copy][1] + right)
            place[copy] = ahead if ahead in cells else place[copy]
        ways.append(step.seen.place)
        assert [cells[number] for number in step.seen.observation] == place
        assert (step.reached == (step.seen.place == goal)).all()
        assert (step.reward == step.reached).all() and not step.ended.any()
    again, _ = ROOMS.start(9, np.random.default_rng(0))
    assert np.array_equal(again.observation, seen.observation)
    assert np.array_equal([ROOMS.step(each).seen.place for each in action], ways)


def test_chance_moves_an_agent_that_slips():
    maze = Grid(["#####", "#...#", "#####"], slip=1.0)
    maze.start(300, np.random.default_rng(0))
    before = maze._cell
    after = maze.step(np.full(300, 2)).seen.place  # to the left
    assert (after > before).mean() == pytest.approx(2 / 12, abs=0.07)


def test_a_picture_shows_walls_the_goal_and_the_agent():
    seen, goal = ROOMS.start(1, np.random.default_rng(0))
    image = ROOMS.picture()[::8, ::8]
    assert image.shape == (13, 13, 3)
    _, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    assert sorted(counts.tolist()) == [1, 1, 65, 102]
    for number, colour in ((seen.place[0], (200, 60, 40)), (goal[0], (60, 160, 80))):
        assert image[tuple(ROOMS.maze.cells[number])].tolist() == list(colour)


def test_gymnasium_makes_our_maze_and_its_own_checker_finds_no_fault():
    from gymnasium.utils.env_checker import check_env

    register()
    alone = gymnasium.make(ID, layout=ROOMS.layout, horizon=7).unwrapped
    check_env(alone, skip_render_check=True)
    shown, _ = alone.reset(seed=3)
    steps = 0
    while True:
        shown, reward, reached, cut, info = alone.step(steps % 4)
        steps += 1
        assert reward == alone.compute_reward(shown["achieved_goal"], shown["desired_goal"], info)
        if reached or cut:
            break
    assert steps <= 7 and info["is_success"] == reached


def test_copies_of_gymnasium_are_those_of_gymnasium_alone():
    lake = Gymnasium(**LAKE, goal=15)
    assert lake.observations == Space(16, True) and lake.actions == ["0", "1", "2", "3"]
    seen, goal = lake.start(2, np.random.default_rng(0))
    assert seen.observation.tolist() == [0, 0] and goal.tolist() == [15, 15]
    for right, down in zip([2, 2, 1, 1, 1, 2], [1, 1, 2, 1, 2, 2], strict=True):
        step = lake.step(np.array([right, down]))
    assert step.seen.place.tolist() == [15, 15] and step.reached.all() and step.ended.all()
    assert step.reward.tolist() == [1, 1]
    lake.start(2, np.random.default_rng(0))
    for _ in range(4):
        step = lake.step(np.array([0, 1]))  # the second falls into no hole, and stays at the border
    assert step.seen.place.tolist() == [0, 12] and step.ended.tolist() == [False, True]
    again = lake.step(np.array([2, 2]))  # ended: it does not move
    assert again.seen.place.tolist() == [1, 12] and again.reward.tolist() == [0, 0]


def test_goals_of_the_environment_and_vectors_are_read():
    maze = Gymnasium(ID, {"layout": ROOMS.layout})
    assert maze.goals == Space(104, True)
    seen, goal = maze.start(3, np.random.default_rng(0))
    assert seen.place.shape == goal.shape == (3,) and (seen.place != goal).all()
    assert maze.picture(2).shape == (104, 104, 3)
    pole = Gymnasium("CartPole-v1", {"render_mode": None}, goal=[0, 0, 0, 0], tolerance=0.2)
    seen, _ = pole.start(2, np.random.default_rng(0))
    step = pole.step(np.array([0, 1]))
    assert seen.observation.dtype == np.float32 and step.seen.place.shape == (2, 4)
    assert step.reached.tolist() == (np.abs(step.seen.place).max(1) <= 0.2).tolist()


class Hall(gymnasium.Env):
    """Five places in a row, seen as a picture, a direction and a text; the last gives a reward."""

    observation_space = gymnasium.spaces.Dict(
        picture=gymnasium.spaces.Box(0, 255, (1, 5), np.uint8),
        direction=gymnasium.spaces.Discrete(2),
        mission=gymnasium.spaces.Text(9),
    )
    action_space = gymnasium.spaces.Discrete(2)
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012  # gymnasium's form

    def __init__(self, gives=True, render_mode=None):
        self.gives, self.render_mode = gives, render_mode

    def reset(self, *, seed=None, options=None):
        self.place, self.direction = 0, 1
        return self.shown(), {}

    def step(self, action):
        self.direction = int(action)
        self.place = min(4, max(0, self.place + 2 * self.direction - 1))
        there = self.place == 4 and self.gives
        return self.shown(), float(there), there, False, {}

    def shown(self):
        picture = np.zeros((1, 5), np.uint8)
        picture[0, self.place] = 9
        return {"picture": picture, "direction": self.direction, "mission": "go"}


class Told(Hall):
    observation_space = gymnasium.spaces.Dict(mission=gymnasium.spaces.Text(9))


class Plane(gymnasium.Env):
    """A place, a goal and a force in a plane: a Dict with goals, and a Box of actions."""

    plane = gymnasium.spaces.Box(-9, 9, (2,))
    observation_space = gymnasium.spaces.Dict(
        observation=gymnasium.spaces.Box(-9, 9, (4,)), achieved_goal=plane, desired_goal=plane
    )
    action_space = gymnasium.spaces.Box(np.float32([[0, -2]]), np.float32([[1, 6]]))
    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012  # gymnasium's form
    render_mode = None

    def __init__(self, render_mode=None):
        pass

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.force = self.np_random.uniform(-1, 1, 2), np.zeros(2)
        self.goal = self.np_random.uniform(-1, 1, 2)
        return self.shown(), {}

    def step(self, action):
        assert action in self.action_space
        self.force = action[0]
        self.place = self.place + self.force
        return self.shown(), 0.0, False, False, {"is_success": self.place[1] > 5}

    def shown(self):
        seen = np.concatenate((self.place, self.force))
        return {"observation": seen, "achieved_goal": self.place, "desired_goal": self.goal}


class Free(Plane):
    observation_space = Plane.plane
    action_space = gymnasium.spaces.Box(-np.inf, np.inf, (2,))


class Keys(Free):
    action_space = gymnasium.spaces.MultiDiscrete([2, 2])


@pytest.fixture(scope="module", autouse=True)
def registered():
    made = (Hall, Told, Plane, Free, Keys)
    for kind in made:
        gymnasium.register(f"{kind.__name__}-v0", kind, disable_env_checker=True)
    yield
    for kind in made:
        del gymnasium.registry[f"{kind.__name__}-v0"]


def test_a_dict_with_goals_is_read_and_actions_are_stretched_to_their_box():
    plane = Gymnasium("Plane-v0", {"render_mode": None}, horizon=9)
    assert (plane.observations, plane.goals, plane.action) == (
        Space(4, False),
        Space(2, False),
        Space(2, False),
    )
    seen, goal = plane.start(3, np.random.default_rng(0))
    assert np.array_equal(seen.observation[:, :2], seen.place) and (goal != seen.place).all()
    step = plane.step(np.array([[-1, -1], [1, 1], [0, -0.5]], dtype=np.float32))
    assert step.seen.observation[:, 2:].tolist() == [[0, -2], [1, 6], [0.5, 0]]
    assert np.allclose(step.seen.place - seen.place, [[0, -2], [1, 6], [0.5, 0]], atol=1e-6)
    assert step.reached.tolist() == [False, step.seen.place[1, 1] > 5, False]
    again, _ = plane.start(3, np.random.default_rng(0))
    assert np.array_equal(again.place, seen.place)
    by_chance = plane.any_action(1000, np.random.default_rng(0))
    assert by_chance.shape == (1000, 2) and by_chance.dtype == np.float32
    assert by_chance.min() < -0.99 and by_chance.max() > 0.99 and np.abs(by_chance).max() <= 1


def test_parts_of_a_dict_are_joined_and_the_goal_is_found_where_a_reward_is_given():
    hall = Gymnasium("Hall-v0", {"render_mode": None}, goal="found", horizon=30)
    assert hall.observations == hall.goals == Space(7, False)
    seen, goal = hall.start(2, np.random.default_rng(0))
    assert seen.observation.dtype == np.float32
    assert seen.observation.tolist() == [[0, 1, 9, 0, 0, 0, 0]] * 2  # direction, then picture
    assert goal.tolist() == [[0, 1, 0, 0, 0, 0, 9]] * 2
    for action in ([1, 1], [1, 0], [1, 1], [1, 1]):
        step = hall.step(np.array(action))
    assert step.reached.tolist() == step.ended.tolist() == [True, False]


REFUSED = {
    "unknown": ({"id": "FourRoms-v9"}, r"environment.id=FourRoms-v9 .*set an id that it has"),
    "no module": ({"id": "nowhere:A-v0"}, "can't make environment.id=nowhere:A-v0"),
    "no goal": (LAKE, r"a number below 16, .*got none: set environment.goal=15"),
    "beyond": ({**LAKE, "goal": 99}, r"a number below 16, .*got 99: set environment.goal=15"),
    "half": ({**LAKE, "goal": 1.5}, r"got 1.5: set environment.goal=15"),
    "shape": (
        {"id": "CartPole-v1", "goal": [0, 0]},
        r"4 numbers.*set environment.goal=\[0,0,0,0\]",
    ),
    "goal twice": ({"id": ID, "arguments": {"layout": ROOMS.layout}, "goal": 3}, "goal=null"),
    "actions": ({"id": "Keys-v0", "goal": [0, 0]}, "has MultiDiscrete actions, and Discrete ones"),
    "no bounds": (
        {"id": "Free-v0", "goal": [0, 0]},
        "has Box actions, .* a Box of floats with bounds",
    ),
    "observations": ({"id": "Blackjack-v1", "goal": 0}, "Tuple observations"),
    "texts": ({"id": "Told-v0", "goal": 0}, "Dict observations, and Box, Discrete, and a Dict of"),
    "no reward": (
        {"id": "Hall-v0", "goal": "found", "horizon": 5, "arguments": {"gives": False}},
        "gave no reward in 1,000 episodes by chance: set environment.goal to an observation",
    ),
}


@pytest.mark.parametrize(("arguments", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_served_is_told_in_a_line(arguments, line):
    arguments = {**arguments, "arguments": {"render_mode": None, **arguments.get("arguments", {})}}
    with pytest.raises(InputError, match=line) as caught:
        Gymnasium(**arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "layout", [[], ["###", "#.#", "###"], ["####", "#..", "####"], ["#.##", "#..#", "####"]]
)
def test_a_maze_that_is_none_is_refused(layout):
    with pytest.raises(InputError, match=r"environment\.layout"):
        Grid(layout)
    with pytest.raises(InputError, match="a way from each to each"):
        Grid(["#####", "#.#.#", "#####"])


def test_without_gymnasium_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gymnasium", None)
    with pytest.raises(InputError, match=r"pip install 'lightning-contrast\[agents\]'"):
        Gymnasium(**LAKE, goal=15)


@pytest.mark.parametrize(
    "box", [("-128", "127", "int8"), ("0", "3", "int64"), ("-3e38", "3e38", "float32")]
)
def test_a_box_of_whole_numbers_or_of_no_real_bounds_is_not_served(box):
    from gymnasium.spaces import Box

    low, high, kind = box
    with pytest.raises(InputError, match="a Box of floats with bounds"):
        actions_of(Box(float(low), float(high), (2,), getattr(np, kind)), "odd")
