"""Negatives made by a network that plays against the encoder."""

from collections.abc import Callable
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import normalized
from lightning_contrast.candidates._hardest import hardest_negatives, unit_rows
from lightning_contrast.candidates._numbers import uniform_numbers
from lightning_contrast.candidates._reversal import reverse
from lightning_contrast.candidates.mixed import draw
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.ranges import Count, NotNegative, Range
from lightning_contrast.types import Made, Pairs, Rows

SAME = 1e-3  # a row this near to the anchor's direction says not which way to turn it


class Generated(Store):
    r"""A small network moves an anchor's real negatives to where they hurt the encoder most.

    .. math::
        g = \frac{n + r \, \Pi_1(G(q, n, z))}{\|\cdot\|}

    ``n`` is drawn from the ``hardest`` real negatives of the anchor ``q``, ``z`` is noise, ``Pi_1``
    shortens to norm 1: no generated row is farther than ``radius`` from a real negative, so it
    can't become just anything, and one more similar to the anchor than ``max_similarity`` is turned
    away to that angle, so it can't become a copy of the anchor, which would be a false negative.
    ``g`` is the negative of its anchor alone. Encoder and network have one loss: the encoder's
    gradient descends it, the network's is reversed and climbs it (times ``reversal``), and one
    optimizer steps both, the network with the head's rate (``module.head_lr_factor``). ``q`` and
    ``n`` have no gradient from the network. The noise depends on the row's index and the step only.

    Args:
        embedding_size: width of an embedding.
        pairing: ``(anchors, candidates) -> Pairs``, the run's own.
        count: rows generated for each anchor.
        hardest: real negatives that are drawn from.
        hidden: width of the network's one hidden layer.
        noise: numbers in ``z``, uniform with deviation 1.
        radius: of the ball around a real negative, below 1.
        max_similarity: largest cosine of a generated row to its anchor.
        reversal: factor of the reversed gradient.

    Source: a generator against its judge, Goodfellow et al. 2014 (arXiv 1406.2661); for contrasts
    Bose et al. 2018 (arXiv 1805.03642); a reversed gradient, Ganin and Lempitsky 2014 (arXiv
    1409.7495).

    >>> from lightning_contrast.pairings.label import Label
    >>> rows = Rows(torch.eye(2), torch.tensor([0, 1]), *torch.arange(2).expand(3, 2))
    >>> made = Generated(2, Label(), count=3)(rows, rows)[2]
    >>> made.embedding.shape, made.valid.all().item()
    (torch.Size([2, 3, 2]), True)
    """

    makes_rows = True

    def __init__(
        self,
        embedding_size: Count,
        pairing: Callable[[Rows, Rows], Pairs],
        count: Count = 4,
        hardest: Count = 16,
        hidden: Count = 128,
        noise: Count = 8,
        radius: Annotated[float, Range(above=0, below=1)] = 0.5,
        max_similarity: Annotated[float, Range(above=-1, below=1, unit="a cosine")] = 0.9,
        reversal: NotNegative = 1.0,
    ) -> None:
        super().__init__()
        self.embedding_size, self.pairing = embedding_size, pairing
        self.count, self.hardest, self.hidden, self.noise = count, hardest, hidden, noise
        self.radius, self.max_similarity, self.reversal = radius, max_similarity, reversal
        self.network = nn.Sequential(
            nn.Linear(2 * embedding_size + noise, hidden),
            nn.GELU(),
            nn.Linear(hidden, embedding_size),
        )
        self.step = 0

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        place, found = hardest_negatives(anchors, candidates, self.pairing, self.hardest)
        query, keys = unit_rows(anchors).detach(), unit_rows(candidates).detach()
        numbers = uniform_numbers(anchors, self.step, self.count * (1 + self.noise))
        numbers = numbers.to(keys.dtype)
        self.step += 1
        chosen = draw(numbers[:, : self.count], found)
        if not place.shape[1]:  # a queue that is still empty
            place, keys = torch.zeros_like(chosen), torch.zeros_like(query[:1])
        query = query[:, None].expand(-1, self.count, -1)
        real = keys[place.gather(1, chosen)]
        noise = (numbers[:, self.count :] * 2 - 1) * 3**0.5
        inputs = torch.cat((query, real, noise.unflatten(1, (self.count, self.noise))), 2)
        with torch.autocast(inputs.device.type, enabled=False):
            row = self.moved(real, self.network(inputs))
        row, turned = turned_away(query, row, self.max_similarity)
        return (Made(reverse(row, self.reversal), (found[:, None] > 0) & turned),)

    def moved(self, real: Tensor, change: Tensor) -> Tensor:
        """The real rows, changed by at most the radius, of unit norm."""
        length = (change.square().sum(2, keepdim=True) + 1e-12).sqrt()
        return normalized(real + self.radius * change / length.clamp_min(1))

    def get_extra_state(self) -> dict[str, int]:
        return {"steps": self.step}

    def set_extra_state(self, state: Any) -> None:
        self.step = state["steps"]


def turned_away(query: Tensor, row: Tensor, most: float) -> tuple[Tensor, Tensor]:
    """Unit rows whose cosine to the query is above ``most`` turned, in their plane, until it is.

    And where that can be done: not for a row equal to the query.

    >>> row, _ = turned_away(torch.tensor([1., 0.]), torch.tensor([.8, .6]), 0.6)
    >>> row.tolist()
    [0.60..., 0.80...]
    """
    cosine = (query * row).sum(-1, keepdim=True)
    aside = row - cosine * query
    length = aside.square().sum(-1).detach().sqrt()
    turned = most * query + (1 - most * most) ** 0.5 * normalized(aside)
    over = cosine > most
    return torch.where(over, turned, row), (length > SAME) | ~over[..., 0]
