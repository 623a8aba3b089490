"""Bootstrap intervals: how much a figure would vary with other rows of the same kind."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

_CHUNK = 1 << 20  # weights at a time: 4 MB

Statistic = Callable[[Tensor], Mapping[str, Tensor]]
"""From weights of the rows ``(r, N)`` to values ``(r,)`` by name; NaN for an undefined value."""


class Interval(NamedTuple):
    """A figure on the actual rows, and the limits of its interval."""

    value: float
    low: float
    high: float

    def flat(self, name: str) -> dict[str, float]:
        """``NAME``, ``NAME/low`` and ``NAME/high``, as a report names them."""
        return {name: self.value, f"{name}/low": self.low, f"{name}/high": self.high}


def bootstrap(
    statistic: Statistic, rows: int, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, Interval]:
    """Percentile intervals of every value of ``statistic``, all from the same resamples.

    A resample is given by how often it draws each row, ``w (r, N)``; for the actual rows ``w = 1``.
    Statistics are functions of weights, so that many resamples are one tensor operation. A value
    that is NaN on the actual rows is left out. Resamples in which it is NaN, because they draw no
    row of a class, do not count. Efron 1979.

    >>> right = torch.tensor([1.0, 1.0, 1.0, 0.0])
    >>> found = bootstrap(lambda w: {"accuracy": w @ right.to(w) / w.sum(1)}, rows=4)["accuracy"]
    >>> found.value, found.low, found.high
    (0.75, 0.25, 1.0)
    """
    if not rows:
        return {}
    own = {name: float(value) for name, value in statistic(torch.ones(1, rows).double()).items()}
    # One tensor a value: small ones that are kept would pin the freed memory of weights.
    drawn = {name: torch.empty(resamples, dtype=torch.float64) for name in own}
    done = 0
    for weight in resampled(rows, resamples, seed):
        for name, value in statistic(weight).items():
            drawn[name][done : done + len(weight)] = value
        done += len(weight)
    edges = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    return {
        name: Interval(value, *drawn[name].nanquantile(edges).tolist())
        for name, value in own.items()
        if value == value  # not NaN
    }


def resampled(rows: int, resamples: int, seed: int, chunk: int = _CHUNK) -> Iterator[Tensor]:
    """How often each row is drawn in each resample: ``(r, rows)`` float32, some at a time.

    >>> next(resampled(rows=5, resamples=2, seed=0)).sum(dim=1)
    tensor([5., 5.])
    """
    generator = torch.Generator().manual_seed(seed)
    each = max(1, chunk // rows)
    for start in range(0, resamples, each):
        shape = (min(each, resamples - start), rows)
        drawn = torch.randint(rows, shape, generator=generator)
        yield torch.zeros(shape).scatter_add_(1, drawn, torch.ones(1, 1).expand(shape))
