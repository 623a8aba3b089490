"""How much each row counts in the losses."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.types import Rows

INDEX_BITS = 2**32 - 1  # above them an index holds the place in its row


class Alike(nn.Module):
    """Every row counts 1."""

    def of_head(self, head: Any, features: Tensor, target: Tensor, anchor: Any) -> Any:
        """The loss of the head: sum and weight."""
        return head.loss(features, target)


class RowWeights(nn.Module):
    """The weight of a row: that of its class, times its own.

    In the contrast a row counts by it as an anchor; as a candidate all rows count alike. The losses
    are means weighted so, over the joined batch of all ranks.

    Args:
        by_class: weights of the classes ``(classes,)``; a row without a label counts 1.
        by_row: weights of the rows of the source ``(N,)``; ``None``: 1.

    >>> weights = RowWeights(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0, 0.5]))
    >>> weights.of(torch.tensor([0, 1, -1]), torch.tensor([0, 2, 2])).tolist()
    [1.0, 1.5, 0.5]
    """

    by_class: Tensor
    by_row: Tensor | None

    def __init__(self, by_class: Float[Tensor, " classes"], by_row: Tensor | None = None) -> None:
        super().__init__()
        unlabelled = torch.ones(1)  # the last entry, that of label -1
        self.register_buffer("by_class", torch.cat((by_class, unlabelled)), persistent=False)
        self.register_buffer("by_row", by_row, persistent=False)

    def of(self, label: Tensor, index: Tensor) -> Float[Tensor, " r"]:
        """The weights of rows with these labels and numbers."""
        weight = self.by_class[label]
        return weight if self.by_row is None else weight * self.by_row[index & INDEX_BITS]

    def forward(self, rows: Rows) -> Float[Tensor, " r"]:
        return self.of(rows.label, rows.index)

    def of_head(self, head: Any, features: Tensor, target: Tensor, anchor: Any) -> Any:
        """The loss of the head: each row is scored as a batch of its own, all of them at once. One
        that learns without a gradient sees rows alike."""
        if not (head.sums_rows and len(features)):
            return head.loss(features, target)

        def one(features: Tensor, target: Tensor) -> Any:
            return head.loss(features[None], target[None])

        counts = self.of(anchor.label, anchor.index)
        values, weights = torch.vmap(one)(features, target)
        return (values * counts).sum(), (weights * counts).sum()
