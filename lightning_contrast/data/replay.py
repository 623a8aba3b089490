"""The moments that an agent has seen, by trajectory."""

from typing import Any

import numpy as np
import torch

from lightning_contrast.data.play import Trajectories
from lightning_contrast.errors import InputError


class Replay:
    """Trajectories, one behind another; it grows at the end.

    ``ends (N,)``: the last moment of the trajectory that each moment is of. ``movable``: moments
    with an action, after which another moment follows.

    >>> replay = Replay()
    >>> seen = np.array([3, 4, 5, 8, 9])
    >>> replay.add(Trajectories(seen, seen, np.array([0, 1, -1, 2, -1]), np.array([3, 2])))
    >>> replay.ends.tolist(), replay.movable.tolist(), replay.steps
    ([2, 2, 2, 4, 4], [0, 1, 3], 3)
    """

    def __init__(self) -> None:
        self.moments: Trajectories | None = None
        self.ends = self.movable = np.zeros(0, dtype=np.int64)
        self._alike: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    @property
    def steps(self) -> int:
        """Steps that were taken in the environment."""
        return len(self.movable)

    @property
    def held(self) -> Trajectories:
        """All moments, of which there are some."""
        assert self.moments is not None
        return self.moments

    @property
    def alike(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Moments that show the same, as ``positives.stitched`` asks for them."""
        if self._alike is None:
            seen = self.held.observation
            number = np.unique(seen.reshape(len(seen), -1), axis=0, return_inverse=True)[1].ravel()
            own = number[self.movable]
            count = np.bincount(own, minlength=number.max() + 1)
            if count.max() < 2 < len(own):
                raise InputError(
                    "positives=stitched joins trajectories where they show the same, and of "
                    f"{len(own)} moments no two do: set positives=future"
                )
            order = self.movable[np.argsort(own, kind="stable")]
            self._alike = order, (np.cumsum(count) - count)[number], count[number]
        return self._alike

    def add(self, new: Trajectories) -> None:
        """Puts trajectories behind those that are there."""
        if self.moments is not None:
            new = Trajectories(*map(np.concatenate, zip(self.moments, new, strict=True)))
        self.moments, self._alike = new, None
        self.ends = np.repeat(np.cumsum(new.length) - 1, new.length)
        self.movable = np.flatnonzero(np.arange(len(self.ends)) < self.ends)

    def state_dict(self) -> dict[str, Any]:
        """The moments as tensors."""
        if self.moments is None:
            return {}
        return {k: torch.from_numpy(v) for k, v in self.moments._asdict().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Holds the moments of a state, and no others."""
        self.moments = None
        self.add(Trajectories(**{name: part.numpy() for name, part in state.items()}))
