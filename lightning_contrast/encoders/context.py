"""What is seen now, and a few moments that tell which task it is."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_contrast.config.ranges import Count
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError


class Context(Encoder):
    r"""A vector of the task from a set of transitions, and a hidden layer of a policy behind it.

    .. math:: z = g(\tfrac{1}{K} \sum_k f(c_k)) \qquad h = p(s, z) \qquad features = [z, h]

    A row is a table ``(1, 1 + K, m)``: its first line is what is seen now, ``s``; each other line
    is a transition ``c_k`` (state, action, reward, next state). Their order does not matter. With
    ``K = 0`` the task is not told. Hidden layers are followed by a layer norm and a SiLU.

    Args:
        size: lines and columns of the table, ``(1 + K, m)``.
        width: of ``z``, which ``projector=leading`` takes for the contrast.
        hidden: width of hidden layers, and of ``h``.

    Raises:
        InputError: a table without a line or a column.

    Source: Li et al. 2021 (arXiv:2010.01112), whose encoder is a mean over transitions too.

    >>> Context(size=(5, 7), width=3, hidden=4)(torch.zeros(2, 1, 5, 7)).shape
    torch.Size([2, 7])
    """

    modality = "image"

    def __init__(self, size: Sequence[Count], width: Count = 32, hidden: Count = 128) -> None:
        super().__init__()
        if len(size) != 2:
            raise InputError(
                f"encoder.size must be two numbers, lines and columns, got {list(size)}: set "
                "environment=hidden_goals"
            )
        self.size, self.width, self.hidden = list(size), width, hidden
        self.out_features = width + hidden
        columns = self.size[1]
        self.transition = _hidden(columns, hidden)
        self.task = nn.Sequential(_hidden(hidden, hidden), nn.Linear(hidden, width))
        self.policy = nn.Sequential(_hidden(columns + width, hidden), _hidden(hidden, hidden))

    def forward(self, inputs: Tensor) -> Tensor:
        seen, told = inputs[:, 0, 0], inputs[:, 0, 1:]
        task = self.task(self.transition(told).sum(1) / max(1, told.shape[1]))
        return torch.cat((task, self.policy(torch.cat((seen, task), 1))), 1)


def _hidden(size: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, out), nn.LayerNorm(out), nn.SiLU())
