"""Times work that is repeated."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

WARM_UP = 2
LEAST, MOST = 5, 1000


class Timed(NamedTuple):
    """Seconds of each repetition, and joules of all, if they were counted."""

    seconds: np.ndarray
    joules: float | None


def timed(
    work: Callable[[], object],
    budget: float,
    device: torch.device,
    counter: Callable[[], Callable[[], float] | None] = lambda: None,
) -> Timed:
    """Runs ``work`` for about ``budget`` seconds, 5 times at least, after two warm-up runs.

    ``counter`` starts an energy counter (``metrics.energy.energy_counter``).

    >>> len(timed(lambda: None, budget=0.0, device=torch.device("cpu")).seconds)
    5
    """

    def run() -> float:
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - start

    for _ in range(WARM_UP):
        run()
    spent = counter()
    seconds: list[float] = []
    while len(seconds) < LEAST or (sum(seconds) < budget and len(seconds) < MOST):
        seconds.append(run())
    return Timed(np.array(seconds), spent() if spent else None)
