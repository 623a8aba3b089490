"""The five strengths of a corruption."""

from collections.abc import Sequence

from lightning_contrast.errors import InputError

SEVERITIES = (1, 2, 3, 4, 5)


class Severities:
    """Holds the ``levels`` of severities 1 to 5; raises ``InputError`` for another number of them.

    >>> Severities([0.1, 0.2])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Severities needs 5 levels, one a severity, got [0.1, 0.2]
    """

    modality: str

    def __init__(self, levels: Sequence[float]) -> None:
        self.levels = levels
        if len(levels) != len(SEVERITIES) or min(levels) < 0:
            raise InputError(
                f"{type(self).__name__} needs {len(SEVERITIES)} levels, one a severity, got "
                f"{[*levels]}: give {len(SEVERITIES)} numbers of at least 0, the mildest first"
            )

    def level(self, severity: int) -> float:
        """The strength of a severity from 1 to 5.

        >>> Severities([1, 2, 3, 4, 5]).level(2)
        2.0
        """
        return float(self.levels[severity - 1])
