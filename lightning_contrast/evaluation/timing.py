"""How long a piece of work takes, again and again."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

WARM_UP = 2
LEAST, MOST = 5, 1000


class Timed(NamedTuple):
    """Seconds of each repetition, and joules of all where they were counted."""

    seconds: np.ndarray
    joules: float | None


def timed(
    work: Callable[[], object],
    budget: float,
    device: torch.device,
    counter: Callable[[], Callable[[], float] | None] = lambda: None,
) -> Timed:
    """Runs ``work`` for about ``budget`` seconds, after two warm-up runs: 5 times at least.

    ``counter`` starts an energy counter (``metrics.energy.energy_counter``).

    >>> len(timed(lambda: None, budget=0.0, device=torch.device("cpu")).seconds)
    5
    """
    for _ in range(WARM_UP):
        work()
    _wait(device)
    spent = counter()
    seconds: list[float] = []
    while len(seconds) < LEAST or (sum(seconds) < budget and len(seconds) < MOST):
        start = time.perf_counter()
        work()
        _wait(device)
        seconds.append(time.perf_counter() - start)
    return Timed(np.array(seconds), spent() if spent else None)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
