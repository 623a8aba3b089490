"""The learning rate over a run."""

import math
from typing import Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import BelowOne, Share

Shape = Literal["linear", "cosine", "constant"]


class WarmupDecay:
    r"""Linear warm-up, then a decay to a final share of the learning rate.

    With ``u`` the share of the steps done after the warm-up and ``e`` the final share, the factor
    is ``1 - u (1 - e)`` (linear), ``e + (1 - e)(1 + cos(pi u)) / 2`` (cosine) or 1 (constant).

    Args:
        warmup: share of all steps, from 0 up to, not including, 1.
        shape: ``"linear"``, ``"cosine"`` or ``"constant"``.
        final: share of the learning rate that is left at the end.

    Raises:
        InputError: a value outside of those.

    >>> schedule = WarmupDecay(warmup=0.5, shape="linear")
    >>> [schedule.factor(step, steps=4) for step in range(4)]
    [0.5, 1.0, 1.0, 0.5]
    """

    _key = "schedule."

    @checked
    def __init__(self, warmup: BelowOne = 0.1, shape: Shape = "linear", final: Share = 0.0) -> None:
        self.warmup, self.shape, self.final = warmup, shape, final

    def factor(self, step: int, steps: int) -> float:
        """Factor of the learning rate at a step of a run of so many."""
        warm = round(self.warmup * steps)
        if step < warm:
            return (step + 1) / warm
        if self.shape == "constant":
            return 1.0
        done = min(1.0, (step - warm) / max(1, steps - warm))
        falling = 1 - done if self.shape == "linear" else (1 + math.cos(math.pi * done)) / 2
        return self.final + (1 - self.final) * falling

    def __call__(self, optimizer: Optimizer, steps: int) -> LambdaLR:
        return LambdaLR(optimizer, lambda step: self.factor(step, steps))
