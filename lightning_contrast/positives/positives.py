"""The base of positives: which row of the split is the explicit positive of a drawn row."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from lightning_contrast.config.part import Part, Run


class Positives(Part, ABC, group="positives"):
    """Called with positions ``(n,)`` and a generator, gives positions ``(p n,)`` or ``(0,)``.

    All random choices come from the generator, so that a batch is the same in whichever worker
    process it is made. Positives that follow the embedding are
    ``rows.refreshed.Refreshed`` as well.
    """

    draws_rows: ClassVar[bool] = True
    """A positive is drawn for each row."""
    needs_pairs: ClassVar[bool] = False
    """The source must have a pair for its rows."""
    follows_time: ClassVar[bool] = False
    """The rows are moments of trajectories, and a positive is a later one."""

    @abstractmethod
    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The positives of the rows at ``index``."""

    @classmethod
    def count(cls, run: Run) -> int:
        """Positives of each row in this run."""
        return int(cls.draws_rows)
