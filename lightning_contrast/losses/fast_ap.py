"""FastAP: average precision of an anchor's ranking, by a histogram of distances."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import hardtanh, pad

from lightning_contrast.engine import masked
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs

FUSED_BINS = 32
"""Up to which a compiled block reads its similarities once for all bins, in vectors."""


def fast_ap(similarity: Float[Tensor, "a c"], pairs: Pairs, bins: int) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    near, chosen = masked.positives(similarity, pairs)
    positives = running(near, chosen, bins)
    everyone = running(similarity, pairs.positive | pairs.negative, bins)
    precision = positives / (everyone + (everyone == 0))
    average = (steps(positives) * precision).sum(1)
    count = positives[:, -1].detach()
    return masked.total(1 - average / count.clamp_min(1), count > 0)


def running(similarity: masked.Tile, mask: masked.Mask, bins: int) -> Float[Tensor, "a edges"]:
    """Running histograms of each row's masked entries, at the ``bins + 1`` edges."""
    place = hardtanh((1 - similarity) * (bins / 2), 0.0, float(bins))  # d^2 in widths of a bin
    fused = torch.compiler.is_compiling() and bins <= FUSED_BINS
    return (by_ramps if fused else by_scatter)(place, mask, bins)


def by_ramps(place: masked.Tile, mask: masked.Mask, bins: int) -> Float[Tensor, "a edges"]:
    """Edge by edge.

    Up to edge ``j`` a pair has counted for ``min(1, max(0, j + 1 - place))``: for nothing, for all,
    or for what its distance from the edge leaves. What is masked lies behind the last one.
    """
    place = torch.where(mask, place, bins + 1.0)
    ramps = (hardtanh(edge + 1 - place, 0.0, 1.0) for edge in range(bins + 1))
    return torch.stack([ramp.sum(1) for ramp in ramps], 1)


def by_scatter(place: masked.Tile, mask: masked.Mask, bins: int) -> Float[Tensor, "a edges"]:
    """In a few passes, whatever the number of bins."""
    below, known = place.detach().floor(), masked.weights(mask, place)
    # A row falls between two edges: it is counted at the lower, and its distance from there is its
    # share that goes to the upper.
    where, empty = below.long(), place.new_zeros(len(place), bins + 1)
    counted = empty.scatter_add(1, where, known)
    passed = empty.scatter_add(1, where, known * (place - below))
    return (counted - passed + pad(passed[:, :-1], (1, 0))).cumsum(1)


def steps(running: Tensor) -> Tensor:
    """What each edge adds to a running sum.

    >>> steps(torch.tensor([[2.0, 5.0]]))
    tensor([[2., 3.]])
    """
    return running - pad(running[:, :-1], (1, 0))


class FastAP(Loss):
    r"""FastAP: one less the average precision of the anchor's ranking of its candidates.

    .. math::
        L = 1 - \frac{1}{|P|} \sum_{j=0}^{B} \frac{h^+_j H^+_j}{H_j}

    ``h`` is the histogram of the squared distances ``d² = 2 - 2 s`` of unit vectors, from 0 to 4,
    of positives (``+``) or of all pairs; ``H`` is its running sum. A pair between two of the
    ``B + 1`` edges counts for both, by its nearness: that is where the gradient comes from. A list
    loss: it optimises the retrieval metric itself, and wants large batches with many positives.

    Args:
        bins: ``B >= 1``, between the edges; few are smoother, many nearer to the average precision.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Raises:
        InputError: bins is not a whole number of at least 1.

    Source: Cakir et al. 2019, "Deep metric learning to rank" (CVPR).

    >>> import torch
    >>> s = torch.tensor([[0.0, 1.0]]); mask = torch.tensor([[True, False]])
    >>> round(FastAP(bins=2)(s, Pairs(mask, ~mask))[0].item(), 4)  # the positive ranks second
    0.5
    """

    reads_near = True

    def __init__(self, bins: int = 10) -> None:
        super().__init__()
        if bins < 1 or bins != int(bins):
            raise InputError(f"bins must be a whole number of at least 1, got {bins}: set bins=10")
        self.bins = bins

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return fast_ap(similarity, pairs, self.bins)
