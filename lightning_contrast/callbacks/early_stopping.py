"""Ends training when the watched metric no longer improves."""

from typing import Literal

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, NotNegative


class EarlyStop(EarlyStopping):
    """Lightning's ``EarlyStopping``; a run that it has stopped does not train on when resumed.
    Where the rows of validation do not suffice for the watched figure, nothing stops.

    >>> EarlyStop(monitor="validation/accuracy", mode="max", patience=3).patience
    3
    """

    _key = "callbacks.early_stopping."

    @checked
    def __init__(
        self,
        monitor: str,
        mode: Literal["min", "max"] = "max",
        patience: Count = 5,
        min_delta: NotNegative = 0.0,
        check_on_train_epoch_end: bool = False,
    ) -> None:
        super().__init__(
            monitor,
            min_delta,
            patience,
            mode=mode,
            strict=False,
            check_finite=False,
            check_on_train_epoch_end=check_on_train_epoch_end,
        )

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True
