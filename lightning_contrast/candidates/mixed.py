"""Negatives mixed of an anchor's hardest ones."""

from collections.abc import Callable
from typing import Annotated, Any

import torch
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.candidates._hardest import hardest_negatives, unit_rows
from lightning_contrast.candidates._numbers import uniform_numbers
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.ranges import CountFromZero, Range
from lightning_contrast.errors import InputError
from lightning_contrast.types import Made, Pairs, Rows


class MixedNegatives(Store):
    r"""Hard negative mixing: each anchor has further negatives, mixed of its hardest ones.

    .. math::
        h = \frac{\alpha n_i + (1 - \alpha) n_j}{\|\cdot\|} \qquad
        h' = \frac{\beta q + (1 - \beta) n_k}{\|\cdot\|}

    ``n`` are rows among the ``hardest`` most similar negatives of the anchor ``q``, as the pairing
    sees them, in all candidates (a queue's too); ``i != j``; ``alpha`` is uniform in (0, 1) and
    ``beta`` in (0, 0.5), so that what is mixed with the anchor is more negative than anchor. A
    mixed row is the negative of its anchor alone: for another class it may be half a positive. The
    numbers depend on the row's index and the step only, and are the same on any number of ranks.
    An anchor with fewer than two negatives has no ``h``, one without any no ``h'``. Memory:
    ``(count + anchor_count) d`` numbers an anchor; time: one more product of anchors and
    candidates.

    Args:
        pairing: ``(anchors, candidates) -> Pairs``, the run's own.
        hardest: negatives that are drawn from.
        count: mixes of two negatives, an anchor.
        anchor_count: mixes of the anchor and a negative, an anchor.
        gradient: the rows that are mixed learn from it too; else (as in the paper) the anchor only,
            as what it is compared with.

    Raises:
        InputError: both counts are 0.

    Source: Kalantidis et al. 2020 (arXiv 2010.01028).

    >>> from lightning_contrast.pairings.label import Label
    >>> rows = Rows(torch.eye(3), torch.tensor([0, 1, 1]), *torch.arange(3).expand(3, 3))
    >>> made = MixedNegatives(Label(), count=2, anchor_count=1)(rows, rows)[2]
    >>> made.valid.int().tolist()  # rows 1 and 2 have one negative each
    [[1, 1, 1], [0, 0, 1], [0, 0, 1]]
    """

    makes_rows = True

    def __init__(
        self,
        pairing: Callable[[Rows, Rows], Pairs],
        hardest: Annotated[int, Range(least=2)] = 32,
        count: CountFromZero = 8,
        anchor_count: CountFromZero = 4,
        gradient: bool = False,
    ) -> None:
        super().__init__()
        if count + anchor_count == 0:
            raise InputError(
                "mixed.count and mixed.anchor_count must not both be 0: set them to 8 and 4"
            )
        self.pairing, self.hardest, self.gradient = pairing, hardest, gradient
        self.count, self.anchor_count = count, anchor_count
        self.step = 0

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        place, found = hardest_negatives(anchors, candidates, self.pairing, self.hardest)
        count, total = self.count, self.count + self.anchor_count
        query, keys = unit_rows(anchors), unit_rows(candidates)
        if not self.gradient:
            query, keys = query.detach(), keys.detach()
        numbers = uniform_numbers(anchors, self.step, 3 * total).to(keys.dtype)
        self.step += 1
        if not place.shape[1]:  # a queue that is still empty
            none = found.new_zeros(len(found), total, dtype=torch.bool)
            return (Made(query[:, None] * none[..., None], none),)
        share, one, other = numbers.chunk(3, 1)
        first = draw(one, found)
        second = (first + 1 + draw(other, found - 1)) % found[:, None].clamp_min(1)
        left = keys[place.gather(1, first)]
        right = torch.cat((keys[place.gather(1, second[:, :count])], self._own(query)), 1)
        share = torch.cat((share[:, :count], 1 - share[:, count:] / 2), 1)[..., None]
        needed = 1 + (torch.arange(total, device=found.device) < count).long()
        mixed = normalized(share * left + (1 - share) * right)
        return (Made(mixed, found[:, None] >= needed),)

    def _own(self, query: Tensor) -> Tensor:
        return query[:, None].expand(-1, self.anchor_count, -1)

    def get_extra_state(self) -> dict[str, int]:
        return {"steps": self.step}

    def set_extra_state(self, state: Any) -> None:
        self.step = state["steps"]


def draw(number: Tensor, size: Tensor) -> Tensor:
    """From numbers in (0, 1), whole ones from 0 to each row's size, which is left out (0 gives 0).

    >>> draw(torch.tensor([[0.1, 0.9], [0.5, 0.6]]), torch.tensor([2, 0])).tolist()
    [[0, 1], [0, 0]]
    """
    size = size[:, None].clamp_min(1)
    return torch.minimum((number * size).long(), size - 1)
