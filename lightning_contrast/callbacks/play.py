"""How well an agent plays, measured at each validation."""

import math
from typing import Any

import numpy as np
from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, NotNegative, Seed
from lightning_contrast.data.play import play
from lightning_contrast.modules.acting import acting


class ValidationPlay(Callback):
    """Logs ``validation/success``, ``validation/return``, ``validation/steps`` and
    ``validation/spl`` (NaN where the fewest steps are not known), and ``environment_steps``, those
    that were taken to learn from.

    The starts and goals of the ``episodes`` are always the same, the network acts by its critic at
    this ``temperature`` (``modules.acting``). Where weights are averaged
    (``callbacks.weight_average``), the average plays.

    >>> ValidationPlay().logged[0]
    'validation/success'
    """

    _key = "callbacks.play."

    @checked
    def __init__(
        self, episodes: Count = 200, temperature: NotNegative = 0.01, seed: Seed = 1
    ) -> None:
        self.episodes, self.temperature, self.seed = episodes, temperature, seed

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return [f"validation/{name}" for name in ("success", "spl", "return", "steps")]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        if datamodule is None:  # trained on plain loaders, which have no environment
            return
        network: Any = pl_module.network
        random = np.random.default_rng(self.seed)
        act = acting(network, self.temperature, np.random.default_rng(self.seed))
        _, outcome = play(datamodule.environment, act, self.episodes, random)
        found = {"spl": math.nan, **outcome.figures}  # where no shortest way is known
        pl_module.log_dict({f"validation/{name}": value for name, value in found.items()})
        pl_module.log("environment_steps", float(datamodule.replay.steps))
