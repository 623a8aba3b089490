"""Turns moments of an agent's life into vectors: numbers one-hot, vectors standardised."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from lightning_contrast.environments.environment import Space
from lightning_contrast.errors import InputError
from lightning_contrast.types import Mixed


class MomentReader(nn.Module):
    """Reads ``Mixed`` of ``move``, a dict of ``observation`` and ``action``, and ``goal``.

    Args:
        observations: numbers of an observation, or how many different ones there are if ``mean``
            is empty.
        goals: the same of goals.
        actions: how many there are, or the numbers of each.
        mean, std: of each number of an observation; empty: an observation is one number.
        goal_mean, goal_std: the same of goals.
        continuous: an action is a vector.

    >>> import numpy as np
    >>> reader = MomentReader(observations=3, goals=3, actions=2)
    >>> reader.move(torch.tensor([1]), torch.tensor([0])).tolist()
    [[0.0, 1.0, 0.0, 1.0, 0.0]]
    """

    modality = "moment"

    def __init__(
        self,
        observations: int,
        goals: int,
        actions: int,
        mean: Sequence[float] = (),
        std: Sequence[float] = (),
        goal_mean: Sequence[float] = (),
        goal_std: Sequence[float] = (),
        continuous: bool = False,
    ) -> None:
        super().__init__()
        self.observations, self.goals, self.actions = observations, goals, actions
        self.mean, self.std = list(mean), list(std)
        self.goal_mean, self.goal_std = list(goal_mean), list(goal_std)
        self.continuous = continuous

    @property
    def spaces(self) -> tuple[Space, Space, Space]:
        """Of observations, goals and actions."""
        seen, goal = Space(self.observations, not self.mean), Space(self.goals, not self.goal_mean)
        return seen, goal, Space(self.actions, not self.continuous)

    def forward(self, inputs: Mixed) -> Mixed:
        read = {
            name: self.goal(part) if isinstance(part, Tensor) else self.move(**part)
            for name, part in inputs.parts.items()
        }
        return Mixed(read, inputs.rows)

    def refuse(self, raw: Any, first_row: int = 0) -> None:
        """Raises ``InputError``: it reads no raw rows."""
        raise InputError(
            "the checkpoint is that of an agent, which acts and reads no rows: lightning-contrast "
            "act checkpoint=..."
        )

    def move(self, observation: Tensor, action: Tensor) -> Tensor:
        """Observations and actions, ``(n, ...)`` each, as ``(n, observations + actions)``."""
        seen = _vector(observation, self.observations, self.mean, self.std)
        taken = action if self.continuous else one_hot(action, self.actions)
        return torch.cat((seen, taken.to(seen)), 1)

    def asked(self, observation: Tensor, place: Tensor) -> Tensor:
        """Observations and goals, ``(n, ...)`` each, as ``(n, observations + goals)``."""
        seen = _vector(observation, self.observations, self.mean, self.std)
        return torch.cat((seen, self.goal(place)), 1)

    def goal(self, place: Tensor) -> Tensor:
        """Goals ``(n, ...)`` as ``(n, goals)``."""
        return _vector(place, self.goals, self.goal_mean, self.goal_std)


def _vector(values: Tensor, size: int, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    if not mean:
        return one_hot(values, size).float()
    return (values - values.new_tensor(mean)) / values.new_tensor(std)
