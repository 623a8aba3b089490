"""Warns when all embeddings have become equal, while it is early enough to stop."""

import math
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.utilities import rank_zero_warn

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Cosine, NotNegative
from lightning_contrast.metrics.geometry import effective_rank, mean_cosine
from lightning_contrast.types import Rows

ADVICE = (
    "nothing can be learnt from equal embeddings. For a triplet or margin loss set "
    "miner=semi_hard (hardest collapses from scratch) or a soft margin; for any loss lower the "
    "learning rate (optimizer.lr) or warm it up (schedule=linear)"
)


class Collapse(UserWarning):
    """The embeddings of a run have become equal, or lie on one line."""


class CollapseWarning(Callback):
    """Warns once when the embeddings of a batch are almost equal, or lie on one line.

    It checks ``module.last_rows`` (``Rows``, detached) every 50 steps, or four times an epoch if
    that is more often. Only these checks wait for the device.

    Embeddings are *equal* if the mean cosine of rows of different classes (of any two rows, if
    unlabelled) is above ``cosine`` in two successive checks, and the rows do not move apart between
    them. At the start of a healthy run they do move apart. Embeddings lie *on one line* if their
    effective rank is below ``rank`` at the end of an epoch, with three classes or more: two classes
    that are learnt well lie on one line.

    >>> CollapseWarning(cosine=0.999).warned
    False
    """

    _key = "callbacks.collapse."

    @checked
    def __init__(self, cosine: Cosine = 0.999, rank: NotNegative = 1.2) -> None:
        self.cosine = cosine
        self.rank = rank
        self.warned = False
        self._spread = math.inf

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self.warned:
            return
        batches = trainer.num_training_batches
        every = 50 if math.isinf(batches) else max(1, min(50, int(batches) // 4))
        last = batch_idx + 1 == batches
        rows: Rows | None = getattr(pl_module, "last_rows", None)
        if rows is not None and (last or (batch_idx + 1) % every == 0):
            self._check(rows, last, trainer.global_step)

    def _check(self, rows: Rows, last: bool, step: int) -> None:
        cosine = float(mean_cosine(rows.embedding, rows.label))
        spread = max(1 - cosine, 1e-6)
        close = spread < 1 - self.cosine and self._spread < 1 - self.cosine
        if close and spread < 1.5 * self._spread:
            self._warn(
                "the embeddings have collapsed: rows of different classes have a mean cosine of "
                f"{cosine:.5f} at step {step}"
            )
        elif last and _may_spread(rows):
            rank = float(effective_rank(rows.embedding))
            if rank < self.rank:
                self._warn(
                    "the embeddings have collapsed to one direction: their effective rank is "
                    f"{rank:.2f} of {rows.embedding.shape[1]} at step {step}"
                )
        self._spread = spread if math.isfinite(spread) else math.inf

    def _warn(self, finding: str) -> None:
        self.warned = True
        rank_zero_warn(f"{finding}; {ADVICE}", category=Collapse)


def _may_spread(rows: Rows) -> bool:
    """Whether healthy rows need more than a line: they have no classes, or three at least."""
    kinds = rows.label.unique()
    return len(rows.label) > 2 and (len(kinds) > 2 or bool((kinds < 0).any()))
