"""The rows of the batch as fixed targets."""

from typing import Any

from lightning_contrast.batch import Batch
from lightning_contrast.candidates.store import Store
from lightning_contrast.types import Rows


class StopGradient(Store):
    """The rows of the batch, of all ranks, without a gradient: only the anchors move.

    With ``projector=mlp_predictor`` and ``loss=alignment`` it is SimSiam (Chen and He 2020, arXiv
    2011.10566).

    >>> import torch
    >>> rows = Rows(torch.eye(2).requires_grad_(), *torch.zeros(4, 2))
    >>> StopGradient().keys(None, rows, None).embedding.requires_grad
    False
    """

    of_any_length = True

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        return rows._replace(embedding=rows.embedding.detach())
