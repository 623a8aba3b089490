"""Steps of projected gradient ascent in a ball around the start."""

from typing import Literal

from torch import Tensor

Norm = Literal["l2", "linf"]
TINY = 1e-12


def ascend(moved: Tensor, slope: Tensor, step_size: float, epsilon: float, norm: Norm) -> Tensor:
    """One step of length ``step_size`` up the slope, then back into the ball of ``epsilon``.

    Both lengths are over the last dimension: Euclidean (``l2``), or of the largest entry (``linf``,
    where the step takes the slope's sign).

    >>> import torch
    >>> ascend(torch.zeros(1, 2), torch.tensor([[3., 4.]]), 1.0, 0.5, "l2").tolist()
    [[0.3000..., 0.4000...]]
    >>> ascend(torch.zeros(1, 2), torch.tensor([[3., -4.]]), 1.0, 0.5, "linf").tolist()
    [[0.5, -0.5]]
    """
    if norm == "linf":
        return (moved + step_size * slope.sign()).clamp(-epsilon, epsilon)
    # Scaled by the largest entry first: squares of a tiny slope would vanish.
    slope = slope / slope.abs().amax(-1, keepdim=True).clamp_min(TINY)
    moved = moved + step_size * slope / slope.norm(dim=-1, keepdim=True).clamp_min(TINY)
    return moved * (epsilon / moved.norm(dim=-1, keepdim=True).clamp_min(TINY)).clamp_max(1)
