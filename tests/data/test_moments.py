"""What an agent saw: trajectories, their futures, files of them, batches and their state."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from lightning_contrast.data.moments import MomentDataModule
from lightning_contrast.data.play import Outcome, at_random, play
from lightning_contrast.data.trajectory_file import read_trajectories, write_trajectories
from lightning_contrast.environments.grid import Grid
from lightning_contrast.environments.gymnasium import Gymnasium
from lightning_contrast.environments.point_rooms import PointRooms
from lightning_contrast.errors import InputError
from lightning_contrast.positives.future import FuturePositives
from tests.choices import build

ROOMS = build("environment", "four_rooms")
POINT = build("environment", "point_rooms")
HALL = Grid(["######", "#....#", "######"], horizon=6)


def data(environment=ROOMS, **settings):
    made = MomentDataModule(environment, batch_size=64, steps=4, first_episodes=5, **settings)
    made.setup()
    return made


def test_futures_come_as_often_as_the_discount_says_up_to_the_end():
    rule = FuturePositives(gamma=0.7, ends=np.array([4, 4, 4, 4, 4, 5]))
    drawn = rule(np.ones(60_000, dtype=np.int64), np.random.default_rng(0))
    chance = 0.7 ** np.arange(3) / sum(0.7 ** np.arange(3))
    assert np.bincount(drawn, minlength=6)[2:5] / 60_000 == pytest.approx(chance, abs=0.01)
    assert set(drawn) == {2, 3, 4}
    assert rule(np.array([4, 5]), np.random.default_rng(0)).tolist() == [4, 5]  # no future
    far = FuturePositives(gamma=0.999999, ends=np.full(101, 100))
    steps = far(np.zeros(20_000, dtype=np.int64), np.random.default_rng(0))
    assert steps.min() == 1 and steps.max() == 100 and steps.mean() == pytest.approx(50.5, abs=1)


def to_the_right(observation, goal):
    return np.full(len(observation), 3)


def test_an_action_that_is_no_number_is_told_before_it_is_taken():
    def broken(observation, goal):
        return np.full((len(observation), 2), np.nan, dtype=np.float32)

    with pytest.raises(InputError, match="action is not a number"):
        play(POINT, broken, 3, np.random.default_rng(0))


def test_an_episode_is_judged_to_its_goal_and_explored_beyond_it():
    random = np.random.default_rng(0)
    moments, outcome = play(HALL, to_the_right, 40, random)
    seen, goal = HALL.start(40, np.random.default_rng(0))
    there = goal > seen.place
    assert outcome.success.tolist() == there.tolist()
    assert outcome.steps.tolist() == np.where(there, goal - seen.place, 6).tolist()
    assert outcome.gain.tolist() == there.tolist()
    assert outcome.figures["spl"] == pytest.approx(there.mean())
    assert (moments.length == outcome.steps + 1).all()
    first = 0
    for length, begin in zip(moments.length, seen.place, strict=True):
        own = slice(first, first + length)
        assert moments.place[own].tolist() == [min(3, begin + k) for k in range(length)]
        assert moments.action[own].tolist() == [3] * (length - 1) + [-1]
        first += length
    beyond, _ = play(HALL, to_the_right, 40, np.random.default_rng(0), explores=True)
    assert (beyond.length == 7).all()


def test_spl_is_that_of_its_paper():
    outcome = Outcome(np.array([1, 1, 0]), np.array([4, 10, 9]), np.zeros(3), np.array([4, 5, 2]))
    assert outcome.figures["spl"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert "spl" not in outcome._replace(shortest=None).figures


def test_a_trajectory_ends_where_its_environment_does():
    lake = Gymnasium("FrozenLake-v1", {"render_mode": None, "is_slippery": False}, 15, horizon=30)
    moments, outcome = play(
        lake, at_random(lake, np.random.default_rng(0)), 8, np.random.default_rng(0)
    )
    ends = moments.observation[np.cumsum(moments.length) - 1]
    assert set(ends[moments.length < 31]) <= {5, 7, 11, 12, 15}  # holes and the goal
    assert outcome.steps.tolist() == (moments.length - 1).tolist()


def test_batches_hold_moves_and_later_places_of_their_trajectories():
    made = data()
    moments, ends = made.replay.moments, made.replay.ends
    assert made.replay.steps == 500 and len(moments.action) == 505
    batches = list(made.train_dataloader())
    assert [batch.counts for batch in batches] == [(64, 1, 0)] * 4
    known = {
        (int(moments.observation[i]), int(moments.action[i]), int(moments.place[j]))
        for i in made.replay.movable
        for j in range(i + 1, ends[i] + 1)
    }
    for batch in batches:
        move, goal = batch.inputs.parts["move"], batch.inputs.parts["goal"]
        triples = zip(move["observation"], move["action"], goal, strict=True)
        assert {tuple(map(int, triple)) for triple in triples} <= known
        assert len(set(batch.anchor.index.tolist())) == 64  # so no other place is a positive
    again = list(data().train_dataloader())
    assert torch.equal(batches[2].inputs.parts["goal"], again[2].inputs.parts["goal"])
    other = list(data(seed=1).train_dataloader())
    assert not torch.equal(batches[2].inputs.parts["goal"], other[2].inputs.parts["goal"])


POLE = {"arguments": {"render_mode": None}, "goal": [0] * 4, "horizon": 9}
KINDS = {"numbers": lambda: ROOMS, "vectors": lambda: Gymnasium("CartPole-v1", **POLE)}
KINDS["vectors of actions"] = lambda: POINT


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_trajectories_gives_them_back(kind, tmp_path):
    environment = KINDS[kind]()
    act = at_random(environment, np.random.default_rng(0))
    moments, _ = play(environment, act, 4, np.random.default_rng(0))
    write_trajectories(tmp_path / "deep/played.parquet", moments)
    found = read_trajectories(tmp_path / "deep/played.parquet", environment)
    for name, column in moments._asdict().items():
        assert np.array_equal(getattr(found, name), column), name
    offline = data(environment, path=str(tmp_path / "deep/played.parquet"), episodes=0)
    before = offline.replay.steps
    offline.refresh(None, epoch=3)
    assert offline.replay.steps == before == (moments.length - 1).sum()


def test_a_file_of_other_trajectories_is_refused_in_a_line(tmp_path):
    moments, _ = play(
        ROOMS, at_random(ROOMS, np.random.default_rng(0)), 4, np.random.default_rng(0)
    )
    write_trajectories(tmp_path / "rooms.parquet", moments)
    with pytest.raises(InputError, match="column observation must hold a number below 4"):
        read_trajectories(tmp_path / "rooms.parquet", HALL)
    write_trajectories(tmp_path / "far.parquet", moments._replace(action=moments.action + 5))
    with pytest.raises(InputError, match="an action must be a number from 0 to 3"):
        read_trajectories(tmp_path / "far.parquet", ROOMS)
    with pytest.raises(InputError, match="must be 2 numbers from -1 to 1"):
        read_trajectories(tmp_path / "rooms.parquet", PointRooms(HALL.layout))
    points, _ = play(POINT, at_random(POINT, np.random.default_rng(0)), 4, np.random.default_rng(0))
    for name, action in (("far", 2 * points.action), ("flat", points.action[:, 0])):
        write_trajectories(tmp_path / f"{name}.parquet", points._replace(action=action))
        with pytest.raises(InputError, match="an action must be 2 numbers from -1 to 1"):
            read_trajectories(tmp_path / f"{name}.parquet", POINT)
    with pytest.raises(InputError, match="is not there"):
        data(path=str(tmp_path / "none.parquet"))
    still = moments._replace(length=np.ones_like(moments.action))
    write_trajectories(tmp_path / "still.parquet", still)
    with pytest.raises(InputError, match="none has a future"):
        data(path=str(tmp_path / "still.parquet"))


@pytest.mark.parametrize(
    ("column", "values", "line"),
    [
        ("action", [None, 0, 0], "column action must hold a whole number"),
        ("action", [0.5, 0.0, 0.0], "column action must hold a whole number"),
        ("action", ["up", "up", ""], "column action must hold a whole number"),
        ("trajectory", ["a", "a", "a"], "column trajectory must hold a whole number"),
        ("trajectory", [0, 1, 0], "sort them by trajectory"),
        ("observation", [0, 1.5, 2], "column observation must hold a number below 4"),
        ("observation", [0, None, 2], "column observation must hold a number below 4"),
        (
            "observation",
            [np.uint64(value) for value in (0, 2**63, 2)],
            "column observation must hold a number below 4",
        ),
        (
            "action",
            [np.uint64(value) for value in (2**63, 0, 0)],
            "column action must hold a whole number",
        ),
        ("action", [True, False, True], "column action must hold a whole number"),
    ],
)
def test_a_broken_file_of_trajectories_is_refused_in_a_line(column, values, line, tmp_path):
    whole = {"trajectory": [0] * 3, "observation": [0, 1, 2], "place": [0, 1, 2]}
    whole["action"] = [3] * 3
    cells = [dict(zip(whole, row, strict=True)) for row in zip(*whole.values(), strict=True)]
    for cell, value in zip(cells, values, strict=True):
        cell[column] = value
    file = tmp_path / "broken.parquet"
    pq.write_table(pa.Table.from_pylist(cells), file)
    with pytest.raises(InputError, match=line):
        read_trajectories(file, HALL)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_numbers_that_are_not_finite_are_refused_in_a_line(value, tmp_path):
    pole = Gymnasium("CartPole-v1", arguments={"render_mode": None}, goal=[0] * 4, horizon=9)
    moments, _ = play(pole, at_random(pole, np.random.default_rng(0)), 2, np.random.default_rng(0))
    seen = moments.observation.astype(np.float64)
    seen[1, 2] = value
    write_trajectories(tmp_path / "poles.parquet", moments._replace(observation=seen))
    with pytest.raises(InputError, match="column observation must hold 4 numbers"):
        read_trajectories(tmp_path / "poles.parquet", pole)


def test_a_file_that_was_cut_off_is_refused_in_a_line(tmp_path):
    moments, _ = play(
        ROOMS, at_random(ROOMS, np.random.default_rng(0)), 4, np.random.default_rng(0)
    )
    file = tmp_path / "rooms.parquet"
    write_trajectories(file, moments)
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"PAR1" + bytes(40) + b"PAR1"):
        file.write_bytes(content)
        with pytest.raises(InputError, match="is not a Parquet file") as told:
            read_trajectories(file, ROOMS)
        assert "\n" not in str(told.value)
