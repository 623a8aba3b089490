"""Ends a training whose watched metric no longer gets better."""

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping


class EarlyStop(EarlyStopping):
    """Lightning's ``EarlyStopping``; a run that it has ended does not go on when it is run again.

    >>> EarlyStop(monitor="validation/accuracy", mode="max", patience=3).patience
    3
    """

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True
