"""A gradient that turns round."""

from typing import Any

import torch
from torch import Tensor


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return -ctx.factor * gradient, None


def reverse(values: Tensor, factor: float = 1.0) -> Tensor:
    """The values as they are; their gradient times ``-factor``.

    What descends the loss after this climbs it before this. Source: Ganin and Lempitsky 2014 (arXiv
    1409.7495).

    >>> x = torch.ones(1, requires_grad=True); reverse(3 * x, 2.0).sum().backward(); x.grad.item()
    -6.0
    """
    return _Reverse.apply(values, factor)
