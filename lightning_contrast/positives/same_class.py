"""Another row of the same class."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.positives.positives import Positives
from lightning_contrast.rows.by_class import ByClass


@dataclass(eq=False, repr=False)
class SameClassPositives(Positives):
    """A row of the anchor's class, uniformly among the others; alone in its class: itself.

    ``labels (N,)``: of the training split. Called with ``index (n,)`` and a generator, gives
    ``(n,)``. Raises ``InputError`` for unlabelled rows.

    >>> positives = SameClassPositives(np.array([0, 1, 0, 2]))
    >>> positives(np.arange(4), np.random.default_rng(0)).tolist()[:3]
    [2, 1, 0]
    """

    labels: np.ndarray

    def __post_init__(self) -> None:
        super().__post_init__()
        self.by_class = ByClass(self.labels, "positives same_class", "set positives=view")

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return self.by_class.another(index, random)
