"""Candidates of the batch itself."""

from lightning_contrast.candidates.store import Store


class InBatch(Store):
    """The rows of the batch, of all ranks, are the candidates: nothing is added.

    >>> import torch
    >>> from lightning_contrast.types import Rows
    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2))
    >>> InBatch()(rows, rows)[1] is rows
    True
    """

    of_any_length = True
