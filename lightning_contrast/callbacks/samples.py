"""What a generator makes, as training moves on."""

from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.trainer.states import TrainerFn

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.report.grid import save_grid

FOLDER = "samples"


class Samples(Callback):
    """Writes ``samples/STEP.png`` beside the checkpoints' folder ``dirpath`` at each validation.

    A row of ``each`` images for every class, always of the same noise. Where weights are averaged
    (``callbacks.weight_average``), the average makes them. Of a network without a generator nothing
    is written.

    >>> Samples("run/checkpoints").folder.as_posix()
    'run/samples'
    """

    _key = "callbacks.samples."

    @checked
    def __init__(self, dirpath: str | Path, each: Count = 8, seed: Seed = 0) -> None:
        self.dirpath, self.each, self.seed = dirpath, each, seed

    @property
    def folder(self) -> Path:
        """Where the pictures go."""
        return Path(self.dirpath).parent / FOLDER

    def on_validation_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        network: Any = getattr(pl_module, "network", None)  # a module of somebody else's has none
        if batch_idx or network is None or network.generator is None:
            return
        if trainer.state.fn != TrainerFn.FITTING or not trainer.is_global_zero:
            return
        label = [number for number in range(len(network.classes)) for _ in range(self.each)]
        made = network.generate(label, self.seed)
        save_grid(made, self.each, self.folder / f"{trainer.global_step:07d}.png")
