"""Which entries of a block pair a row with itself."""

from jaxtyping import Bool
from torch import Tensor

from lightning_contrast.types import Role, Rows


def same_row(anchors: Rows, candidates: Rows) -> Bool[Tensor, "a c"]:
    """True where anchor and candidate are the same row of the same batch: equal slot and role."""
    own, other = (
        anchors.slot * len(Role) + anchors.role,
        candidates.slot * len(Role) + candidates.role,
    )
    return own[:, None] == other[None]
