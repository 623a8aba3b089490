"""Warns when the contrast of a run is nothing, so that only the rest of the loss trains."""

from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.utilities import rank_zero_warn

LOGGED = "train/contrast"
ADVICE = (
    "no row of a batch has a pair that counts. Raise datamodule.batch_size, take a sampler that "
    "brings rows of a class together (sampler=class_balanced), positives=view or negatives=random"
)


class NoContrast(UserWarning):
    """The contrastive loss of a run is 0 from its beginning: it trains nothing."""


class NoContrastWarning(Callback):
    """Warns once when the contrastive loss was exactly 0 in the first two steps that are logged.

    So it is where no anchor of a batch has a positive and a negative: one row a batch, a class a
    batch, a miner that drops all pairs. A step that is not logged waits for nothing.

    >>> NoContrastWarning().settled
    False
    """

    def __init__(self) -> None:
        self.settled = False
        self._zero: int | None = None  # the first logged step, where its loss was 0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        step, value = trainer.global_step, trainer.callback_metrics.get(LOGGED)
        if self.settled or value is None or step % trainer.log_every_n_steps:  # type: ignore[attr-defined]
            return
        if not float(value) and self._zero in (None, step):  # batches may be accumulated for a step
            self._zero = step
            return
        self.settled = True
        if not float(value):
            rank_zero_warn(
                f"the contrastive loss is exactly 0 at step {step}: {ADVICE}", category=NoContrast
            )
