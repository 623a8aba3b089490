"""The positive of a moment is a later one, by ways that join trajectories."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.ranges import BelowOne
from lightning_contrast.positives.positives import Positives

LONGEST = 1000  # steps of a way


@dataclass(eq=False, repr=False)
class StitchedPositives(Positives):
    r"""The end of a way of ``k`` steps, where each step may be another trajectory's:

    .. math::
        p(k) = \gamma^{k - 1} (1 - \gamma)

    A step leads to the next moment, and from there the way goes on at any moment that shows the
    same, each as likely. So the positives of a move are drawn from the discounted occupancy of the
    mean of all behaviour. That of ``FuturePositives`` is of agents that were each on the way to a
    goal of their own: it is biased by that goal, and ways that no trajectory took have no share.

    What is observed has to tell the whole state: where two states look alike, ways are joined that
    are not there. Observations that never come twice join nothing. A way ends early at a moment
    after which nothing was seen, and after 1,000 steps.

    Args:
        gamma: discount; 0 draws the next moment.
        ends: the last moment of the trajectory of each row, ``(N,)``; rows of a trajectory follow
            one another.
        alike: the moments with an action, sorted by what they show; where those that show the same
            as each row begin there ``(N,)``, and how many they are ``(N,)``.

    Source: Ghugare et al. 2024 (arXiv:2401.11237), section 5, for single steps.

    >>> alike = np.array([0, 1, 3]), np.array([0, 1, 3, 1, 3]), np.array([1, 2, 0, 2, 0])
    >>> rule = StitchedPositives(gamma=0.5, ends=np.array([2, 2, 2, 4, 4]), alike=alike)
    >>> set(rule(np.zeros(99, dtype=np.int64), np.random.default_rng(0)).tolist())
    {1, 2, 4}
    """

    modality = "moment"
    follows_time = True
    gamma: BelowOne = 0.95
    ends: np.ndarray | None = None
    alike: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        assert self.ends is not None and self.alike is not None
        order, first, count = self.alike
        left = random.geometric(1 - self.gamma, len(index)).clip(max=LONGEST)
        left[index == self.ends[index]] = 0
        now, going = index.copy(), np.flatnonzero(left)
        while len(going):
            now[going] += 1
            left[going] -= 1
            going = going[(left[going] > 0) & (count[now[going]] > 0)]
            here = now[going]
            now[going] = order[first[here] + random.integers(count[here])]
        return now
