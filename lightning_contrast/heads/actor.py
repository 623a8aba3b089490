"""The head of an agent whose actions are vectors: which action to take."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.heads.head import Head
from lightning_contrast.types import Answer

FEWEST, MOST = -5.0, 2.0  # of the logarithm of a deviation
EDGE = 1 - 1e-6  # an action at the bound itself has no density


class Actor(Head):
    r"""A normal distribution that is pressed into ``(-1, 1)``, one number of an action each.

    .. math:: a = \tanh(\mu(s, g) + \sigma(s, g)\, \epsilon), \qquad \epsilon \sim N(0, 1)

    ``(r, observation + goal) -> (r, classes)``: the action at ``epsilon = 0``, of what is seen and
    the goal, side by side. ``loss`` imitates actions that led there (Ghosh et al. 2019,
    arXiv:1912.06088); ``modules.agent`` trains it by its critic. Hidden layers are followed by a
    layer norm and a SiLU.

    Args:
        observation: numbers of an observation.
        goal: numbers of a goal.
        classes: numbers of an action.
        hidden: width of each hidden layer.
        entropy: its weight beside the critic's value; the actor draws actions about as a softmax
            of the critic divided by it (Haarnoja et al. 2018, arXiv:1801.01290).

    >>> actor = Actor(observation=3, goal=2, classes=2)
    >>> actor(torch.zeros(4, 5)).shape, actor.drawn(torch.zeros(4, 5))[1].shape
    (torch.Size([4, 2]), torch.Size([4]))
    """

    answer = Answer.ACTION
    has_loss = False  # validation is by play

    def __init__(
        self,
        observation: Count,
        goal: Count,
        classes: Count,
        hidden: Sequence[Count] = (128, 128),
        entropy: NotNegative = 0.1,
    ) -> None:
        super().__init__()
        self.observation, self.goal, self.classes = observation, goal, classes
        self.hidden, self.entropy = list(hidden), entropy
        sizes = [observation + goal, *hidden]
        layers = [
            layer
            for size, into in pairwise(sizes)
            for layer in (nn.Linear(size, into), nn.LayerNorm(into), nn.SiLU())
        ]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], 2 * classes))

    def forward(self, features: Tensor) -> Tensor:
        return self.normal(features)[0].tanh()

    def normal(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation ``(r, classes)`` before the numbers are pressed."""
        mean, spread = self.layers(features).chunk(2, 1)
        return mean, (FEWEST + (MOST - FEWEST) / 2 * (spread.tanh() + 1)).exp()

    def drawn(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """An action ``(r, classes)`` with a gradient, and the logarithm of its density ``(r,)``."""
        mean, deviation = self.normal(features)
        before = mean + deviation * torch.randn_like(mean)
        return before.tanh(), _log_density(before, mean, deviation)

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Minus the log density of actions ``(r, classes)``: its sum, and their number."""
        before = target.clamp(-EDGE, EDGE).atanh()
        density = _log_density(before, *self.normal(features))
        return -density.sum(), density.new_tensor(len(density))


def _log_density(before: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    r"""``log p`` of actions ``tanh(before)``, ``(r,)``: that of the normal, minus the logarithm of
    ``1 - tanh^2 = 4 / (e^x + e^-x)^2``."""
    far = (before - mean) / deviation
    normal = -0.5 * far**2 - deviation.log() - 0.5 * math.log(2 * math.pi)
    return (normal - 2 * (math.log(2) - before - softplus(-2 * before))).sum(1)
