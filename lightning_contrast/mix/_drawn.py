"""What the ways of mixing draw: how much of a row stays, and the target that goes with it."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from lightning_contrast.config.ranges import Range

Alpha = Annotated[float, Range(least=0.01, most=100)]


def shares(rows: int, alpha: float, probability: float, device: torch.device) -> Tensor:
    """How much each row keeps of itself ``(n,)``: Beta(alpha, alpha), all where it is not mixed.

    >>> shares(2, 1.0, 0.0, torch.device("cpu"))
    tensor([1., 1.])
    """
    both = torch.full((rows,), float(alpha), device=device)
    share = torch.distributions.Beta(both, both, validate_args=False).sample()
    return torch.where(torch.rand(rows, device=device) < probability, share, 1.0)


def target(label: Tensor, other: Tensor, share: Tensor, classes: int) -> Tensor:
    """``share`` of a row's class and the rest of the ``other`` row's ``(n, classes)``.

    Of a row without a label (-1) nothing comes: the target then sums to less than 1.

    >>> target(torch.tensor([0, -1]), torch.tensor([1, 0]), torch.tensor([0.75, 0.5]), 2)
    tensor([[0.7500, 0.0000],
            [0.5000, 0.0000]])
    """
    own = one_hot(label.clamp_min(0), classes) * (label >= 0)[:, None]
    return share[:, None] * own + (1 - share)[:, None] * own[other]
