"""Comparisons of anchor rows with candidate rows: the masks that pairings are made of.

Eagerly, torch compares a column with a row one entry at a time where the result is boolean. With a
result of the operands' own type it runs in vectors: a tenth of the time, on a CPU, of many entries;
of few, another call or two takes longer.
"""

import torch
from jaxtyping import Bool
from torch import Tensor

from lightning_contrast.batch import sample_of
from lightning_contrast.types import Role, Rows

Mask = Bool[Tensor, "a c"]

# Plain numbers: an enum breaks the compiled block.
ANCHOR, POSITIVE, NEGATIVE = int(Role.ANCHOR), int(Role.POSITIVE), int(Role.NEGATIVE)
PROTOTYPE = int(Role.PROTOTYPE)
FEW = 2**13


def equal(anchors: Tensor, candidates: Tensor) -> Mask:
    """Which entries of two columns are equal: ``anchors[:, None] == candidates[None]``.

    >>> equal(torch.tensor([1, 2]), torch.tensor([2, 2, 1])).int().tolist()
    [[0, 0, 1], [1, 1, 0]]
    """
    few = len(anchors) * len(candidates) <= FEW
    if few or torch.compiler.is_compiling() or anchors.device.type != "cpu":
        return anchors[:, None] == candidates[None]
    found = anchors.new_empty(len(anchors), len(candidates))
    return torch.eq(anchors[:, None], candidates[None], out=found).to(torch.bool)


def both(anchors: Bool[Tensor, " a"], candidates: Bool[Tensor, " c"]) -> Mask:
    """Where both flags hold: ``anchors[:, None] & candidates[None]``.

    >>> both(torch.tensor([True, False]), torch.tensor([True, False])).int().tolist()
    [[1, 0], [0, 0]]
    """
    if torch.compiler.is_compiling() or len(anchors) * len(candidates) <= FEW:
        return anchors[:, None] & candidates[None]
    flags = anchors.view(torch.uint8)[:, None] & candidates.view(torch.uint8)[None]
    return flags.view(torch.bool)


def same_row(anchors: Rows, candidates: Rows) -> Mask:
    """True where anchor and candidate are the same row of the same batch."""
    return equal(anchors.slot, candidates.slot)


def sample(rows: Rows) -> Tensor:
    """Which sample of the batch each row was drawn for."""
    return sample_of(rows.slot)


def drawn_together(anchors: Rows, candidates: Rows) -> Mask:
    """True where anchor and candidate were drawn for one sample of the batch."""
    return equal(sample(anchors), sample(candidates))
