"""Sums over the pairs of a row, safe where a row has none.

Eager code multiplies by masks: on a CPU that is several times as fast as ``torch.where``. Compiled
code uses ``torch.where``.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from lightning_contrast.engine.arithmetic import clamp, exp

Tile = Float[Tensor, "a c"]
Mask = Bool[Tensor, "a c"]
Column = Float[Tensor, " a"]

FUSED_BINS = 32  # up to so many bins a compiled block reads its similarities once for all of them
LOW = -1e30  # finite, as inf - inf is NaN


def weights(mask: Mask, like: Tensor) -> Tile:
    """The mask as zeros and ones.

    >>> weights(torch.tensor([[True, False]]), torch.zeros(()))
    tensor([[1., 0.]])
    """
    if torch.compiler.is_compiling():
        return mask.to(like.dtype)
    return mask.view(torch.uint8).to(like.dtype)  # eagerly, bytes convert four times as fast


def only(values: Tile, mask: Mask) -> Tile:
    """``values`` where the mask holds, and about ``LOW`` elsewhere."""
    if torch.compiler.is_compiling():
        return values + torch.where(mask, 0.0, LOW)
    return torch.add(values, weights(~mask, values), alpha=LOW)


def some(mask: Mask, like: Tensor) -> Bool[Tensor, " a"]:
    """Which rows have an entry. They are counted in the type of ``like``.

    >>> some(torch.tensor([[True, False], [False, False]]), torch.zeros(()))
    tensor([ True, False])
    """
    return weights(mask, like).sum(1) > 0


def mean(values: Tile, mask: Mask, weight: Tile | None = None) -> tuple[Column, Column]:
    """Mean of each row's masked entries, 0 for a row that has none; and how many it has.

    With a ``weight`` of each entry, their weighted mean, and the sum of the weights.

    A compiled block multiplies each entry by ``1 / count`` before it sums. These factors depend on
    the mask alone, so sum and slopes are formed in one pass. Eager code divides the sum, as the
    factors would take a pass more.
    """
    chosen = weights(mask, values)
    if weight is not None:
        chosen = chosen * weight.to(values.dtype)
    count = chosen.sum(1)
    share = 1 / torch.where(count > 0, count, 1)
    if torch.compiler.is_compiling():
        return (values * (chosen * share[:, None])).sum(1), count
    return (values * chosen).sum(1) * share, count


def logsumexp(values: Tile, mask: Mask) -> Column:
    """``log sum exp`` of each row's masked entries; about ``LOW`` where it has none.

    The row's own maximum is subtracted inside: a fixed shift underflows at small temperatures.
    """
    values = only(values, mask)
    top = values.detach().amax(1, keepdim=True)
    return exp(values - top).sum(1).log() + top[:, 0]


def total(values: Column, counts: Bool[Tensor, " a"]) -> tuple[Tensor, Tensor]:
    """Sum over the rows that count, and the number of these rows."""
    return torch.where(counts, values, 0).sum(), counts.sum().to(values.dtype)


def running_histograms(
    place: Tile, masks: Sequence[Mask], bins: int
) -> list[Float[Tensor, "a edges"]]:
    """For each mask, how many of a row's entries lie up to each of the edges 0, 1, ..., ``bins``.

    An entry between two edges is shared linearly between them: up to edge ``j`` it counts
    ``min(1, max(0, j + 1 - place))``.

    >>> running_histograms(torch.tensor([[0.25, 2.0]]), [torch.ones(1, 2).bool()], bins=2)
    [tensor([[0.7500, 1.0000, 2.0000]])]
    """
    fused = torch.compiler.is_compiling() and bins <= FUSED_BINS
    return (_by_ramps if fused else _by_scatter)(place, masks, bins)


def _by_ramps(place: Tile, masks: Sequence[Mask], bins: int) -> list[Tensor]:
    """One sum for each edge; entries outside the mask are put behind the last edge."""
    places = [torch.where(mask, place, bins + 1.0) for mask in masks]
    return [
        torch.stack([clamp(edge + 1 - own, 0.0, 1.0).sum(1) for edge in range(bins + 1)], 1)
        for own in places
    ]


def _by_scatter(place: Tile, masks: Sequence[Mask], bins: int) -> list[Tensor]:
    """Two scatters for each mask, whatever the number of bins."""
    below, empty, found = (
        place.detach().nan_to_num().floor(),
        place.new_zeros(len(place), bins + 1),
        [],
    )
    where, beyond = below.long(), place - below
    for mask in masks:
        # A pair counts at the edge below it; the part beyond that edge moves to the edge above.
        known = weights(mask, place)
        counted = empty.scatter_add(1, where, known)
        passed = empty.scatter_add(1, where, known * beyond)
        found.append((counted - passed + pad(passed[:, :-1], (1, 0))).cumsum(1))
    return found
