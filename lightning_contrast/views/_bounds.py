"""Checks of a view's ranges."""

from collections.abc import Sequence
from math import isfinite

from lightning_contrast.config.ranges import Positive
from lightning_contrast.errors import InputError

Bounds = Sequence[Positive]


def ordered(name: str, bounds: Sequence[float], most: float) -> list[float]:
    """The two bounds of a range, or an InputError: ``0 < low <= high <= most``."""
    pair = [float(bound) for bound in bounds]
    if len(pair) == 2 and 0 < pair[0] <= pair[1] <= most:
        return pair
    raise InputError(
        f"view.{name} must be two numbers, 0 < low <= high"
        + (f" <= {most:g}" if isfinite(most) else "")
        + f", got {pair}: set the smaller one first"
    )
