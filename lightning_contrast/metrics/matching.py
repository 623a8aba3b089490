"""How likely two rows of two sides belong together: a probability of their cosine."""

from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

MOST = 2000  # rows of a side, evenly spaced, whose pairs are looked at


class Matching(NamedTuple):
    r"""The probability :math:`\sigma(a s + b)` that two rows of cosine ``s`` belong together.

    It is that of a draw in which as many pairs belong together as do not. Among a million pictures
    a text has many strangers of a high probability. From the cosine ``threshold`` on, a pair is
    called a match.

    Source: Platt 1999, "Probabilistic outputs for support vector machines".

    >>> Matching(slope=10.0, intercept=-2.0, threshold=0.3).probability(torch.tensor([0.2]))
    tensor([0.5000], dtype=torch.float64)
    """

    slope: float
    intercept: float
    threshold: float

    def probability(self, cosine: Tensor) -> Tensor:
        """Of each cosine, in float64."""
        return (self.slope * cosine.double() + self.intercept).sigmoid()

    @classmethod
    def fit(cls, cosine: Tensor, together: Tensor) -> Self | None:
        """Fitted to pairs ``(n,)``; None unless some belong together and some do not.

        Slope and intercept have the largest likelihood, both kinds counting alike, with targets as
        if there were one more pair of each kind; the slope is at least 0. The threshold is the
        cosine with the best F1 of these pairs as they are.

        >>> cosine, together = torch.tensor([0.9, 0.8, 0.1, 0.2]), torch.arange(4) < 2
        >>> round(Matching.fit(cosine, together).threshold, 2)
        0.5
        """
        from scipy.optimize import minimize

        cosine, together = cosine.double().cpu(), together.cpu()
        right = int(together.sum())
        wrong = len(together) - right
        if not right or not wrong:
            return None
        target = torch.where(together, (right + 1) / (right + 2), 1 / (wrong + 2)).double()
        weight = torch.where(together, 0.5 / right, 0.5 / wrong).double()

        def unlikelihood(values: np.ndarray) -> tuple[float, np.ndarray]:
            logit = values[0] * cosine + values[1]
            value = binary_cross_entropy_with_logits(logit, target, weight, reduction="sum")
            error = weight * (logit.sigmoid() - target)
            return value.item(), np.array([(error * cosine).sum().item(), error.sum().item()])

        found = minimize(unlikelihood, [10.0, -3.0], jac=True, bounds=[(0, 1e4), (-1e4, 1e4)])
        slope, intercept = found.x.tolist()
        return cls(slope, intercept, best_threshold(cosine, together))


def best_threshold(cosine: Tensor, together: Tensor) -> float:
    """The cosine from which on a pair is best called a match, by F1; between two pairs the middle.

    >>> best_threshold(torch.tensor([0.125, 0.75, 0.375]), torch.tensor([False, True, True]))
    0.25
    """
    ordered, place = cosine.double().sort(descending=True)
    hit = together[place].double().cumsum(0)
    f1 = 2 * hit / (torch.arange(1, len(hit) + 1) + hit[-1])
    last = torch.cat([ordered[1:] < ordered[:-1], torch.ones(1, dtype=torch.bool)])  # of a tie
    best = int(f1.where(last, 0).argmax())
    return ordered[best : best + 2].mean().item()


def pairs_of(
    query: Tensor, gallery: Tensor, query_identity: Tensor, gallery_identity: Tensor
) -> tuple[Tensor, Tensor]:
    """The cosines of all pairs of two sides, and which belong together, ``(n,)`` each.

    Of more than ``MOST`` rows of a side, so many are taken, evenly spaced.

    >>> pairs_of(torch.eye(2), torch.eye(2)[:1], torch.tensor([4, 5]), torch.tensor([4]))
    (tensor([1., 0.]), tensor([ True, False]))
    """
    own, other = (slice(None, None, -(-len(side) // MOST) or 1) for side in (query, gallery))
    together = query_identity[own, None] == gallery_identity[None, other]
    return (query[own] @ gallery[other].T).flatten(), together.flatten()


def measured(matching: Matching, cosine: Tensor, together: Tensor) -> dict[str, float]:
    """``brier``, ``ece`` (15 bins) and ``f1`` of pairs; NaN unless there are both kinds.

    Brier score and calibration error count both kinds alike, as the probability does; a probability
    that is always 0.5 has a Brier score of 0.25. F1 is of the pairs as they are.

    >>> cosine, together = torch.tensor([0.9, 0.1]), torch.tensor([True, False])
    >>> measured(Matching(100.0, -50.0, 0.5), cosine, together)["f1"]
    1.0
    """
    right = int(together.sum())
    wrong = len(together) - right
    if not right or not wrong:
        return dict.fromkeys(("brier", "ece", "f1"), float("nan"))
    weight = torch.where(together, 0.5 / right, 0.5 / wrong).double()
    chance, truth = matching.probability(cosine), together.double()
    place = (chance * 15).ceil().long().clamp(1, 15) - 1
    gaps = torch.zeros(15, dtype=torch.float64).index_add_(0, place, weight * (chance - truth))
    called = cosine >= matching.threshold
    return {
        "brier": (weight * (chance - truth).square()).sum().item(),
        "ece": gaps.abs().sum().item(),
        "f1": (2 * (called & together).sum() / (called.sum() + right)).item(),
    }
