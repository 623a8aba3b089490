"""Tasks that were not trained on, played at each validation."""

from typing import Any

import numpy as np
from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.data.play import play_each
from lightning_contrast.modules.acting import acting
from lightning_contrast.rows.split_names import VALIDATION


class ValidationTasks(Callback):
    """Logs ``validation/success``, the share of the validation tasks of an environment that the
    network solves by its favourite actions.

    Every rank plays all of them, so that the figure is that of one process.

    >>> ValidationTasks().logged
    ['validation/success']
    """

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return ["validation/success"]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        tasks = getattr(getattr(datamodule, "source", None), "environment", None)
        if tasks is None:  # rows of another source, which are no moments
            return
        network: Any = pl_module.network
        act = acting(network, 0.0, np.random.default_rng(0))
        found = play_each(tasks, act, np.flatnonzero(tasks.side == VALIDATION))
        pl_module.log("validation/success", found.success.mean().item(), prog_bar=True)
