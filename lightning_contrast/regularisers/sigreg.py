"""Projections that are normally distributed along every direction."""

from typing import Annotated, Any

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count, NotNegative, Positive, Range
from lightning_contrast.regularisers.regulariser import Regulariser, Views


class SigReg(Regulariser):
    r"""The test of Epps and Pulley for a standard normal distribution, along random directions.

    .. math::
        L = \frac1m \sum_{a} n \int_{-T}^{T}
            \Big| \tfrac1n \sum_i e^{i t\, a \cdot z_i} - e^{-t^2 / 2} \Big|^2 e^{-t^2 / 2} \, dt

    over ``m`` unit vectors ``a`` that are drawn anew in every step, the same on every rank and of a
    run that goes on. The integral is a sum of trapezoids. It is formed in each view of the batch of
    all ranks by itself; then the mean over the views. With ``regulariser=[invariance,sigreg]`` and
    no contrast it is LeJEPA, whose invariance, of two views, is a quarter of ours. Memory is
    ``n x m x points`` numbers a view, linear in the batch.

    Args:
        weight: of the penalty.
        directions: ``m``.
        points: of the integral.
        reach: ``T``.

    Shape: views ``(v, n, d)``.

    Source: Balestriero and LeCun 2025 (arXiv 2511.08544).

    >>> _ = torch.manual_seed(0)
    >>> normal, alike = torch.randn(1, 500, 4), torch.ones(1, 500, 4)
    >>> (SigReg()(normal) < 2).item(), (SigReg()(alike) > 50).item()
    (True, True)
    """

    def __init__(
        self,
        weight: NotNegative = 0.05,
        directions: Count = 256,
        points: Annotated[int, Range(least=3)] = 17,
        reach: Positive = 5.0,
    ) -> None:
        super().__init__(weight)
        self.directions, self.points, self.reach = directions, points, reach
        self.steps = 0

    def forward(self, views: Views) -> Tensor:
        if not views.shape[1]:
            return 0 * views.sum()
        generator = torch.Generator().manual_seed(self.steps)
        self.steps += 1
        drawn = torch.randn(views.shape[2], self.directions, generator=generator)
        direction = (drawn / drawn.norm(dim=0)).to(views)
        t = torch.linspace(-self.reach, self.reach, self.points).to(views)
        normal = (-t.square() / 2).exp()
        found = [self._of_a_view(view @ direction, t, normal) for view in views]
        return torch.stack(found).mean()

    def _of_a_view(self, along: Tensor, t: Tensor, normal: Tensor) -> Tensor:
        angle = along[..., None] * t
        gap = (angle.cos().mean(0) - normal).square() + angle.sin().mean(0).square()
        return len(along) * torch.trapezoid(gap * normal, t, dim=1).mean()

    def get_extra_state(self) -> dict[str, int]:
        return {"steps": self.steps}

    def set_extra_state(self, state: Any) -> None:
        self.steps = state["steps"]
