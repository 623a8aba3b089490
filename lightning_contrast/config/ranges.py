"""Ranges of numbers: annotations of arguments that are checked when a part is made."""

import math
from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class Range:
    """Numbers from ``least`` to ``most``; ``above`` and ``below`` exclude the bound itself.

    ``unit`` names the unit in messages. No range holds NaN or infinity.

    >>> angle = Range(least=0, below=90, unit="degrees")
    >>> str(angle), angle.holds(89.9), angle.holds(90), angle.holds(float("nan"))
    ('of at least 0 and below 90 (degrees)', True, False, False)
    """

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    unit: str = ""

    def holds(self, value: float) -> bool:
        """Whether the number is in the range."""
        inside = self.least <= value <= self.most and self.above < value < self.below
        return inside and math.isfinite(value)

    def __str__(self) -> str:
        ends = (self.least, self.most, self.above, self.below)
        least, most, above, below = (_shown(end) for end in ends)
        if least and most:
            words = f"from {least} to {most}"
        elif above and below:
            words = f"between {above} and {below}"
        else:
            lower = f"of at least {least}" if least else f"greater than {above}" if above else ""
            upper = f"at most {most}" if most else f"below {below}" if below else ""
            words = " and ".join(filter(None, (lower, upper)))
        return words + (f" ({self.unit})" if self.unit else "")


def _shown(end: float) -> str:
    return "" if not math.isfinite(end) else f"{end:.0f}" if end == int(end) else f"{end:.6g}"


LARGEST_SEED = 2**32 - 1
Positive = Annotated[float, Range(above=0)]
Temperature = Annotated[float, Range(least=1e-3)]
NotNegative = Annotated[float, Range(least=0)]
Share = Annotated[float, Range(least=0, most=1)]
BelowOne = Annotated[float, Range(least=0, below=1)]
AboveZeroToOne = Annotated[float, Range(above=0, most=1)]
Cosine = Annotated[float, Range(least=-1, most=1, unit="a cosine")]
Count = Annotated[int, Range(least=1)]
CountFromZero = Annotated[int, Range(least=0)]
Seed = Annotated[int, Range(least=0, most=LARGEST_SEED)]
