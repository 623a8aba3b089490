"""A grid of cells and walls as tables: where each action leads, and how far cells are apart."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from lightning_contrast.errors import InputError

MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
WALL, FLOOR, GOAL, AGENT = (60, 60, 60), (240, 240, 240), (60, 160, 80), (200, 60, 40)


class Maze:
    """Free cells, numbered row by row; a step into a wall stays where it is.

    Raises ``InputError`` unless the rows are a rectangle with walls all around, and a way leads
    from each of two cells or more to each.

    >>> maze = Maze(["####", "#..#", "####"])
    >>> maze.leads.tolist(), maze.distance.tolist()
    ([[0, 0, 0, 1], [1, 1, 0, 1]], [[0, 1], [1, 0]])
    """

    def __init__(self, rows: Sequence[str]) -> None:
        _check(rows)
        self.wall = np.array([[letter == "#" for letter in row] for row in rows])
        self.cells = np.argwhere(~self.wall)
        number = np.full(self.wall.shape, -1)
        number[tuple(self.cells.T)] = np.arange(len(self.cells))
        ahead = self.cells[:, None] + np.array(list(MOVES.values()))
        found = number[ahead[..., 0], ahead[..., 1]]
        self.leads = np.where(found < 0, np.arange(len(self.cells))[:, None], found)
        if len(self.cells) < 2 or self.distance.max() == len(self.cells):
            raise InputError(
                "environment.layout needs two free cells or more, with a way from each to each: "
                "leave out walls (#)"
            )

    @cached_property
    def distance(self) -> np.ndarray:
        """Fewest steps from each cell to each, ``(cells, cells)``."""
        count = len(self.cells)
        steps = np.where(np.eye(count, dtype=bool), 0, count)
        for _ in range(count):
            nearer = np.minimum(steps, 1 + steps[self.leads].min(1))
            if (nearer == steps).all():
                break
            steps = nearer
        return steps

    def picture(self, agent: int, goal: int, pixels: int = 8) -> np.ndarray:
        """Walls, the goal and the agent, ``pixels`` a cell."""
        image = self.empty(1)
        image[tuple(self.cells[goal])] = GOAL
        image[tuple(self.cells[agent])] = AGENT
        return image.repeat(pixels, 0).repeat(pixels, 1)

    def empty(self, pixels: int) -> np.ndarray:
        """Walls and floor, ``pixels`` a cell."""
        image = np.where(self.wall[..., None], WALL, FLOOR).astype(np.uint8)
        return image.repeat(pixels, 0).repeat(pixels, 1)


def _check(rows: Sequence[str]) -> None:
    """Raises ``InputError`` unless the rows are a rectangle with walls all around."""
    widths = {len(row) for row in rows}
    border = "".join((*rows[:1], *rows[-1:], *(row[:1] + row[-1:] for row in rows)))
    if len(rows) < 3 or len(widths) != 1 or set(border) != {"#"}:
        raise InputError(
            "environment.layout must be rows of equal length with walls (#) all around: set "
            "environment.layout=['####','#..#','####']"
        )
