"""The positive of a moment is a later one of its trajectory."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.ranges import BelowOne
from lightning_contrast.positives.positives import Positives


@dataclass(eq=False, repr=False)
class FuturePositives(Positives):
    r"""A moment ``k`` steps later, for ``k`` from 1 to the ``m`` moments that are left:

    .. math::
        p(k) = \gamma^{k - 1} \frac{1 - \gamma}{1 - \gamma^m}

    Without an end (``m`` infinite) these are draws from the discounted occupancy of the states that
    follow. The last moment of a trajectory has no future, and is its own positive.

    Args:
        gamma: discount; 0 draws the next moment, near 1 all later ones alike.
        ends: the last moment of the trajectory of each row, ``(N,)``; rows of a trajectory follow
            one another.

    Source: Eysenbach et al. 2022 (arXiv:2206.07568), section 4.

    >>> rule = FuturePositives(gamma=0.0, ends=np.array([2, 2, 2, 3]))
    >>> rule(np.array([0, 1, 2, 3]), np.random.default_rng(0)).tolist()
    [1, 2, 2, 3]
    """

    modality = "moment"
    follows_time = True
    gamma: BelowOne = 0.95
    ends: np.ndarray | None = None

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        assert self.ends is not None
        left = self.ends[index] - index
        rest = 1 - random.random(len(index)) * (1 - self.gamma**left)  # of the mass, after k
        with np.errstate(divide="ignore"):
            steps = np.ceil(np.log(rest) / np.log(self.gamma)) if self.gamma else np.ones(len(left))
        return index + np.clip(steps, 1, None).astype(np.int64).clip(max=left)
