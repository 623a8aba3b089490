"""Measures what training took, including the time before an interruption."""

import time
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback

from lightning_contrast.metrics.peak_memory import forget_peak, peak_so_far

KEY = "spent"
PEAK = "train/peak_memory_mib"


class Stopwatch(Callback):
    """Counts seconds from its construction; a resumed run adds those stored in the checkpoint.

    It also keeps the peak memory of the fit, where the system reports it: that of tensors on an
    accelerator, of the whole process elsewhere.

    >>> sorted(Stopwatch().spent().keys() - {PEAK})
    ['train/cpu_seconds', 'train/seconds']
    """

    def __init__(self) -> None:
        self.earlier = {"train/seconds": 0.0, "train/cpu_seconds": 0.0}
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self._device = torch.device("cpu")

    def spent(self) -> dict[str, float]:
        """Seconds so far, by the clock and of the CPU, and the peak memory in MiB."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        now = {"train/seconds": wall, "train/cpu_seconds": cpu}
        spent = {name: self.earlier[name] + value for name, value in now.items()}
        if (peak := peak_so_far(self._device)) is not None:
            spent[PEAK] = max(peak / 2**20, self.earlier.get(PEAK, 0.0))
        return spent

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._device = trainer.strategy.root_device
        forget_peak(self._device)

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        checkpoint[KEY] = self.spent()

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.earlier = checkpoint.get(KEY, self.earlier)
