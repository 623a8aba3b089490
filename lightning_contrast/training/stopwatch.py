"""Measures how long training took, including the time before an interruption."""

import time
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback

KEY = "spent"


class Stopwatch(Callback):
    """Counts seconds from its construction; a resumed run adds those stored in the checkpoint.

    >>> sorted(Stopwatch().spent())
    ['train/cpu_seconds', 'train/seconds']
    """

    def __init__(self) -> None:
        self.earlier = {"train/seconds": 0.0, "train/cpu_seconds": 0.0}
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def spent(self) -> dict[str, float]:
        """Seconds so far, by the clock and of the CPU."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        now = {"train/seconds": wall, "train/cpu_seconds": cpu}
        return {name: self.earlier[name] + value for name, value in now.items()}

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        checkpoint[KEY] = self.spent()

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.earlier = checkpoint.get(KEY, self.earlier)
