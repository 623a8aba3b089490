"""Callbacks that end a rank in bad ways; named by their path in a config."""

import os
import signal
import time

from pytorch_lightning.callbacks import Callback

from lightning_contrast.errors import InputError


class OnOneRank(Callback):
    """Ends rank ``rank`` at its third step: ``how`` is input, bug, killed, or hangs."""

    def __init__(self, rank: int, how: str) -> None:
        self.rank, self.how = rank, how

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
        if batch_idx != 2 or trainer.global_rank != self.rank:
            return
        if self.how == "input":
            raise InputError("row 7 is not a text: mend it")
        if self.how == "bug":
            raise ZeroDivisionError("a bug")
        if self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600)
