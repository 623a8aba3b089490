"""Trajectories in a Parquet file: a row for each moment."""

from pathlib import Path

import numpy as np

from lightning_contrast.data.play import Trajectories
from lightning_contrast.environments.environment import Environment, Space
from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.parquet import parquet_rows

COLUMNS = ("trajectory", "observation", "place", "action")


def read_trajectories(path: str | Path, environment: Environment) -> Trajectories:
    """Reads what ``write_trajectories`` writes: rows of one ``trajectory`` (a number) stand one
    after another; ``observation`` and ``place`` are numbers or lists of them; the ``action`` of the
    last moment of a trajectory does not count.

    Raises:
        InputError: no such file, a missing column, values that are not of the environment, or rows
            of a trajectory that do not stand together.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"datamodule.path {path} is not there: give a Parquet file, or null")
    cells = [cell for cell, _ in parquet_rows(path, dict(zip(COLUMNS, COLUMNS, strict=True)))]
    number, observation, place, action = ([cell[name] for cell in cells] for name in COLUMNS)
    if not cells:
        raise InputError(f"{path} holds no moments: give a file that does")
    numbers = _whole(number)
    if numbers is None:
        raise InputError(f"{path}: column trajectory must hold a whole number in each row: mend it")
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    if len(np.unique(numbers)) < len(begins):
        raise InputError(
            f"{path}: rows of one trajectory must stand one after another: sort them by trajectory"
        )
    length = np.diff(begins, append=len(cells))
    taken = _taken(action, np.cumsum(length) - 1, environment.action, f"{path}")
    seen = _column(observation, environment.observations, f"{path}: column observation")
    places = _column(place, environment.goals, f"{path}: column place")
    return Trajectories(seen, places, taken, length)


def _taken(values: list, last: np.ndarray, space: Space, path: str) -> np.ndarray:
    """Actions ``(N, ...)``, -1 in the ``last`` moment of each trajectory."""
    mend = "choose the environment that the trajectories are of"
    if space.numbered:
        taken = _whole(values)
        if taken is None:
            raise InputError(f"{path}: column action must hold a whole number in each row: mend it")
        moved = np.delete(taken, last)
        if len(moved) and not (moved.min() >= 0 and moved.max() < space.size):
            raise InputError(
                f"{path}: an action must be a number from 0 to {space.size - 1}: {mend}"
            )
        taken[last] = -1
        return taken
    taken = np.full((len(values), *space.row), -1, dtype=np.float32)
    moves = np.delete(np.arange(len(values)), last)
    if len(moves):
        try:
            found = _finite([values[row] for row in moves])
        except (TypeError, ValueError):
            found = None
        if found is None or found.shape[1:] != space.row or np.abs(found).max() > 1:
            raise InputError(f"{path}: an action must be {space} from -1 to 1: {mend}")
        taken[moves] = found
    return taken


def write_trajectories(path: str | Path, moments: Trajectories) -> None:
    """Writes trajectories for ``read_trajectories``; raises ``InputError`` without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "table") from error
    number = np.repeat(np.arange(len(moments.length)), moments.length)
    columns = (number, moments.observation, moments.place, moments.action)
    table = {name: column.tolist() for name, column in zip(COLUMNS, columns, strict=True)}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(table), path)


def _whole(values: list) -> np.ndarray | None:
    """Whole numbers ``(N,)``; None where one of them is anything else."""
    known = np.iinfo(np.int64)
    if not all(type(value) is int and known.min <= value <= known.max for value in values):
        return None
    return np.array(values, dtype=np.int64)


def _finite(values: list) -> np.ndarray | None:
    """Numbers ``(N, ...)``; None where one is too large for float32, or is none."""
    with np.errstate(over="ignore"):
        found = np.array(values, dtype=np.float32)
    return found if np.isfinite(found).all() else None


def _column(values: list, space: Space, where: str) -> np.ndarray:
    try:
        found = _whole(values) if space.numbered else _finite(values)
    except (TypeError, ValueError, OverflowError):
        found = None
    column = np.zeros((0, 0, 0)) if found is None else found
    low, high = (column.min(), column.max()) if column.size and space.numbered else (0, 0)
    if column.shape[1:] != space.row or low < 0 or high >= space.size or not column.size:
        raise InputError(
            f"{where} must hold {space} in each row: choose the environment that the trajectories "
            "are of"
        )
    return column
