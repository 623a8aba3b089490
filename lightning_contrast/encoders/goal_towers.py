"""A tower for a state with an action, and one for a goal, into one space."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor, nn

from lightning_contrast.config.ranges import Count
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.types import Mixed


class GoalTowers(Encoder):
    """A perceptron for moves ``(r, observation + actions)``, one for goals ``(r, goal)``.

    Both give ``(r, width)``. The similarity of a move and a goal is the critic of contrastive
    reinforcement learning (Eysenbach et al. 2022, arXiv:2206.07568): how likely the goal is in the
    move's future. Layers are followed by a layer norm and a SiLU.

    Args:
        observation: numbers of an observation.
        actions: number of actions.
        goal: numbers of a goal.
        hidden: width of each hidden layer.
        width: of the joint space.

    >>> import numpy as np, torch
    >>> towers = GoalTowers(observation=5, actions=4, goal=5, width=3)
    >>> parts = {"move": torch.zeros(2, 9), "goal": torch.zeros(1, 5)}
    >>> towers(Mixed(parts, {"move": np.arange(2), "goal": np.array([2])})).shape
    torch.Size([3, 3])
    """

    modality = "moment"
    acts = True
    inputs_can_move = False

    def __init__(
        self,
        observation: Count,
        actions: Count,
        goal: Count,
        hidden: Sequence[Count] = (128, 128),
        width: Count = 64,
    ) -> None:
        super().__init__()
        self.observation, self.actions, self.goal = observation, actions, goal
        self.hidden, self.width, self.out_features = list(hidden), width, width
        sizes = {"move": observation + actions, "goal": goal}
        self.towers = nn.ModuleDict(
            {name: _perceptron([size, *hidden], width) for name, size in sizes.items()}
        )

    def forward(self, inputs: Mixed) -> Tensor:
        return inputs.in_order({name: self.of(name, part) for name, part in inputs.parts.items()})

    def of(self, name: str, part: Any) -> Tensor:
        """Features ``(rows, width)`` of moves, or of goals."""
        return self.towers[name](part)


def _perceptron(sizes: Sequence[int], out: int) -> nn.Sequential:
    hidden = [
        layer
        for size, into in pairwise(sizes)
        for layer in (nn.Linear(size, into), nn.LayerNorm(into), nn.SiLU())
    ]
    return nn.Sequential(*hidden, nn.Linear(sizes[-1], out))
