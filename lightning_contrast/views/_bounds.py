"""Checks of a view's ranges and probabilities."""

import math
from collections.abc import Sequence

from lightning_contrast.errors import InputError


def ordered(name: str, bounds: Sequence[float], most: float) -> list[float]:
    """The two bounds of a range, or an InputError: ``0 < low <= high <= most``."""
    pair = [float(bound) for bound in bounds]
    if len(pair) == 2 and 0 < pair[0] <= pair[1] <= most:
        return pair
    raise InputError(
        f"view.{name} must be two numbers, 0 < low <= high"
        + (f" <= {most:g}" if math.isfinite(most) else "")
        + f", got {pair}: set the smaller one first"
    )


def bounded(name: str, value: float, what: str, most: float) -> None:
    """An InputError unless ``0 <= value <= most``."""
    if not 0 <= value <= most:
        raise InputError(
            f"view.{name} is {what} and must lie in [0, {most:g}], got {value}: "
            f"set view.{name}={most / 2:g}"
        )
