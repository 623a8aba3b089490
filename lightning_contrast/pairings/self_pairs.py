"""Which entries of a block pair a row with itself."""

from jaxtyping import Bool
from torch import Tensor

from lightning_contrast.types import Rows


def same_row(anchors: Rows, candidates: Rows) -> Bool[Tensor, "a c"]:
    """True where anchor and candidate are the same row of the same batch."""
    return anchors.slot[:, None] == candidates.slot[None]
