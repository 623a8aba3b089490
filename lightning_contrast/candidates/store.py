"""What a store of candidates is, and what it may say of itself."""

from typing import Any

from torch import nn

from lightning_contrast.batch import Batch
from lightning_contrast.config.part import Part
from lightning_contrast.types import Made, Rows


class Store(Part, nn.Module, group="candidates"):
    """Says what the anchors are scored against: ``store(anchors, gathered)``.

    ``gathered`` are the rows of the batch, of all ranks. The answers here are those of a store that
    adds nothing to them (``candidates.in_batch``); each other store changes one or two.

    >>> import torch
    >>> class Half(Store):
    ...     def forward(self, anchors, gathered):
    ...         return anchors, Rows(*(column[::2] for column in gathered))
    >>> rows = Rows(torch.eye(4), *torch.zeros(4, 4))
    >>> len(Half()(rows, rows)[1].label)
    2
    """

    needs_positives = False
    """It encodes the positives that are drawn for the rows."""

    makes_rows = False
    """It makes negatives for each anchor, and adds no candidates for all anchors."""

    draws_rows = False
    """As a choice of ``negatives``, it has no rows of the data drawn for it."""

    are_prototypes = False
    """Its rows are prototypes of classes."""

    def adopt(self, encoder: nn.Module, projector: nn.Module) -> None:
        """Called once by the classifier: a store that follows its encoder copies it here."""

    def online(self, batch: Batch, symmetric: bool) -> Batch:
        """The part of the batch that goes through the encoder with a gradient."""
        return batch

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        """The rows of this rank that become candidates, once they are gathered."""
        return rows

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        """The negatives that it makes for each anchor out of the candidates: here none."""
        return ()

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Any, ...]:
        """The anchors of this rank, their candidates, and the negatives that are made."""
        return anchors, gathered, *self.make(anchors, gathered)
