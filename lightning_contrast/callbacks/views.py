"""How well views of a row lie together, measured at each validation: for rows without labels."""

from typing import Any

import numpy as np
from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count
from lightning_contrast.data.own_views import embed_views
from lightning_contrast.metrics.geometry import uniformity

NAME = "validation/views"


class ValidationViews(Callback):
    r"""Logs ``validation/views``, which needs no label: higher is better, 0 is a single point.

    .. math::
        - E \|x - x'\|^2 - \log E \exp(-2 \|x - y\|^2)

    ``x`` and ``x'`` are the embeddings of two views of a validation row, ``x`` and ``y`` those of
    two rows: alignment and uniformity of Wang and Isola 2020 (arXiv:2005.10242), whose sum goes
    with the accuracy of a classifier on top. The views are those of training, with dropout, and the
    same ones each time. ``rows``: at most so many are compared. Every rank embeds all of them, so
    that the figure is that of one process. With fewer than two rows nothing is logged.

    >>> ValidationViews(rows=512).logged
    ['validation/views']
    """

    _key = "callbacks.views."

    @checked
    def __init__(self, rows: Count = 1024) -> None:
        self.rows = rows

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return [NAME]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        if datamodule is None or datamodule.splits is None:
            return
        rows = np.random.default_rng(0).permutation(datamodule.splits.validation)[: self.rows]
        if len(rows) % datamodule.eval_batch_size == 1:  # statistics of a batch need two rows
            rows = rows[:-1]
        if len(rows) < 2:
            return
        one, other = embed_views(pl_module.network, datamodule, rows)
        alignment = (one - other).pow(2).sum(1).mean().item()
        pl_module.log(NAME, -alignment - uniformity(one), prog_bar=True)
