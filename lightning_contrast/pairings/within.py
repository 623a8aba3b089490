"""Pairing within a sample: its other places are negatives."""

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.pairings._compare import both, equal, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def pairs_within(anchors: Rows, candidates: Rows) -> Pairs:
    """The other places of an anchor's own sample, in the same view of it, are negatives.

    >>> import torch
    >>> slot = torch.tensor([0, 0 + (1 << 32), 32])  # two places of one sample, one of another
    >>> rows = Rows(torch.eye(3), *torch.zeros(3, 3), slot)
    >>> pairs_within(rows, rows).negative.int().tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    """
    own, other = anchors.slot.int(), candidates.slot.int()  # without the place
    negative = equal(own, other) & both(own >= 0, other >= 0) & ~same_row(anchors, candidates)
    return Pairs(negative & False, negative)


class Within(Pairing):
    """All other places of an anchor's own sample are negatives, and none is positive.

    For rows that are places (``unit=token``, ``unit=cell``), and a loss that counts anchors without
    a positive: the tokens of a text are pushed apart.

    Raises:
        InputError: a row is a whole sample; the loss needs positives.

    Source: Su et al. 2022, "A contrastive framework for neural text generation" (arXiv 2202.06417).

    >>> Within()
    Within()
    """

    gives_positives = False

    def check(self, run: Run) -> None:
        super().check(run)
        if not run.unit.reads_places:
            raise InputError(
                f"pairing {name_of(self)} compares the places of a sample, and unit "
                f"{name_of(run.unit)} reads one row of it: set unit=token encoder.dense=true"
            )

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return pairs_within(anchors, candidates)
