"""The smallest run that callbacks can be watched in."""

from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint, ProgressBar


class Tiny(LightningModule):
    """One layer; the accuracy on validation is that of ``scores``, an epoch each."""

    def __init__(self, *scores: float) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)
        self.scores = scores

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        return self.layer(batch[0]).square().mean()

    def validation_step(self, batch: Any, _: int) -> None:
        if self.scores:
            score = self.scores[min(self.current_epoch, len(self.scores) - 1)]
            self.log("validation/accuracy", torch.tensor(score), batch_size=2)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def trainer(callbacks: list, epochs: int, **settings: Any) -> Trainer:
    return Trainer(
        max_epochs=epochs,
        callbacks=callbacks,
        logger=False,
        accelerator="cpu",
        enable_checkpointing=any(isinstance(c, Checkpoint) for c in callbacks),
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **settings,
    )
