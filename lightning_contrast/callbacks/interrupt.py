"""Ctrl-C, or an error, costs no work."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.trainer.states import TrainerFn


class SaveOnInterrupt(Callback):
    """Writes ``dirpath/last.ckpt`` when training is interrupted or fails, and says where it is.

    The file is written beside the old one and then takes its name, so that there is a whole
    checkpoint at every moment. Before the first step there is nothing to save.

    >>> SaveOnInterrupt("checkpoints").path.name
    'last.ckpt'
    """

    def __init__(self, dirpath: str | Path) -> None:
        self.dirpath = dirpath

    @property
    def path(self) -> Path:
        """Where the checkpoint goes."""
        return Path(self.dirpath) / "last.ckpt"

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        if trainer.state.fn != TrainerFn.FITTING or trainer.global_step == 0:
            return
        # Not trainer.save_checkpoint: it ends in a barrier, and the other ranks may never come.
        checkpoint = trainer._checkpoint_connector.dump_checkpoint()
        if not trainer.is_global_zero:
            return
        part = self.path.with_name(f".{self.path.name}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            trainer.strategy.save_checkpoint(checkpoint, part)
            os.replace(part, self.path)
        except OSError as error:  # the exception that brought us here is the one to be seen
            with suppress(OSError):
                part.unlink()
            if not isinstance(exception, OSError):  # a full disk is told of once
                print(f"the last checkpoint could not be written: {error}", file=sys.stderr)
        else:
            step = trainer.global_step
            print(f"stopped at step {step}; last checkpoint: {self.path}", file=sys.stderr)
