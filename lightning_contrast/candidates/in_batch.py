"""Candidates of the batch itself; and what every store of candidates may say."""

from typing import Any

from torch import nn

from lightning_contrast.types import Batch, Made, Rows


class InBatch(nn.Module):
    """The rows of the batch, of all ranks, are the candidates: nothing is added.

    The other stores are subclasses that change one of these answers.

    >>> import torch
    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2))
    >>> InBatch()(rows, rows)[1] is rows
    True
    """

    needs_positives = False
    makes_rows = False  # a store that makes rows for each anchor adds none for all of them
    draws_rows = False  # nor are rows of the split drawn for it, where it stands as negatives=...

    def adopt(self, encoder: nn.Module, projector: nn.Module) -> None:
        """Called once by the classifier: a store that follows its encoder copies it here."""

    def online(self, batch: Batch, symmetric: bool) -> Batch:
        """The part of the batch that goes through the encoder with a gradient."""
        return batch

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        """This rank's rows that become candidates, once they are gathered."""
        return rows

    def make(self, anchors: Rows, candidates: Rows) -> tuple[Made, ...]:
        """The negatives that it makes for each anchor, of the candidates: here none."""
        return ()

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Any, ...]:
        """What is scored against what: anchors of this rank, candidates, and what is made."""
        return anchors, gathered, *self.make(anchors, gathered)
