"""The row itself is its positive."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lightning_contrast.batch import POSITIVES
from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Range
from lightning_contrast.positives.positives import Positives

Views = Annotated[int, Range(least=2, most=POSITIVES + 1)]


@dataclass(eq=False, repr=False)
class ViewPositives(Positives):
    """The positive of a row is another view of it (SimCLR, Chen et al. 2020, arXiv:2002.05709).

    Called with ``index (n,)`` and a generator, gives ``index``, or that ``views - 1`` times over
    (multi-crop): the datamodule then draws the view of anchor and positives independently.

    Args:
        views: of a row, its own among them; ``None``: as many as the view makes, mostly 2.
        crops: views of a row that the run's view makes.

    Raises:
        InputError: fewer than 2 views, or more than 9.

    >>> ViewPositives()(np.array([3, 1]), np.random.default_rng(0)).tolist()
    [3, 1]
    >>> ViewPositives(views=3)(np.array([3, 1]), np.random.default_rng(0)).tolist()
    [3, 1, 3, 1]
    """

    views: Views | None = None
    crops: Views = 2

    @classmethod
    def count(cls, run: Run) -> int:
        return (run.arguments["positives"].get("views") or run.view.crops) - 1

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        more = (self.views or self.crops) - 1
        return index if more == 1 else np.tile(index, more)
